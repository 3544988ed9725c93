using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>What the throttle keeps of one mail transaction.</summary>
internal sealed class ThrottledTransaction
{
    public List<CountedRecipient> Counted { get; } = [];

    /// <summary>The first recipient counted as an untrusted host's.</summary>
    public Attempt? First { get; set; }

    /// <summary>Timestamp of the beginning of its last hold; null before the first.</summary>
    public long? HeldSince { get; set; }

    /// <summary>Timestamp of its last registration.</summary>
    public long RegisteredAt { get; set; }

    /// <summary>The batch that carries its last registration to the peers.</summary>
    public ulong RegisteredIn { get; set; }

    /// <summary>The delay that its answers still have to carry.</summary>
    public SlowAnswers Slow { get; } = new();
}
