using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>One mail transaction (RFC 5321, section 3.3): the envelope, the throttle's dealings with it, and the next hop's side of it.</summary>
internal sealed class Transaction(MailCommand mail) : IAsyncDisposable
{
    public MailCommand Mail { get; } = mail;

    public List<Recipient> Recipients { get; } = [];

    public IEnumerable<Recipient> Taken => Recipients.Where(r => r.IsTaken);

    /// <summary>The next hops all its recipients share; set by the first one that got so far.</summary>
    public Destination? Destination { get; set; }

    /// <summary>The next hop's side; null until the first recipient is forwarded.</summary>
    public RelayTransaction? Relay { get; set; }

    /// <summary>When its last hold began, as a timestamp; null before the first.</summary>
    public long? HeldSince { get; set; }

    /// <summary>When its last recipient was registered, as a timestamp.</summary>
    public long RegisteredAt { get; set; }

    /// <summary>The batch that tells the network of it.</summary>
    public ulong RegisteredIn { get; set; }

    /// <summary>The delay its answers still have to carry.</summary>
    public SlowAnswers Slow { get; } = new();

    public async ValueTask ForgetDestinationAsync()
    {
        await DisposeAsync();
        Relay = null;
        Destination = null;
    }

    public ValueTask DisposeAsync() => Relay?.DisposeAsync() ?? ValueTask.CompletedTask;
}
