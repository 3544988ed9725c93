using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>One recipient that was registered and not yet judged.</summary>
/// <param name="Host">The host that sends.</param>
/// <param name="Envelope">Host, reverse-path and recipient, hashed; see <see cref="RetryMemory"/>.</param>
/// <param name="ToPostmaster">The recipient is a postmaster, who must be reachable (RFC 5321, section 4.5.1).</param>
/// <param name="Before">The host's counts right before it: its rank in a burst.</param>
/// <param name="Batch">The seq of the batch that carries it to the network; 0 on a node without an exchange.</param>
public record struct Attempt(IpBlock Host, ulong Envelope, bool ToPostmaster, BlockCounts Before, ulong Batch = 0)
{
    public IpBlock Host { get; } = Host;

    public ulong Envelope { get; } = Envelope;

    public bool ToPostmaster { get; } = ToPostmaster;

    public BlockCounts Before { get; private set; } = Before;

    public ulong Batch { get; } = Batch;

    /// <summary>What it costs.</summary>
    public AttemptKind Kind { get; init; }

    /// <summary>Its place in the order of a cluster; null on a node without a cluster.</summary>
    public AttemptOrder? Order { get; init; }

    /// <summary>It passed once, and its host was charged.</summary>
    public bool IsCharged { get; private set; }

    /// <summary>It cost nothing when it was registered, and has not passed yet: it has no rank among its host's attempts.</summary>
    internal readonly bool IsJudgedByAllBefore => Kind is AttemptKind.Patient or AttemptKind.Beside && !IsCharged;

    /// <summary>It was counted as that of a waiting host, see <see cref="Thinning"/>.</summary>
    public bool Waits { get; init; }

    /// <summary>The host's own fast count when the transaction began: refusal rests on it, never on the recipients beside this one.</summary>
    public float OwnAtStart { get; init; } = Before.Own;

    /// <summary>Marks it as charged.</summary>
    /// <param name="counts">Its host's counts before it, for one that had no rank until now.</param>
    internal void Charge(in BlockCounts counts)
    {
        if (IsJudgedByAllBefore)
        {
            Before = counts;
        }

        IsCharged = true;
    }
}
