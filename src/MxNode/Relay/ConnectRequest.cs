using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>What a transaction wants of a session.</summary>
/// <param name="Destination">The hosts to try.</param>
/// <param name="Client">The client that sends the mail.</param>
internal sealed record ConnectRequest(Destination Destination, ClientFacts Client)
{
    /// <summary>The domains of the recipients, canonical: their policies say what TLS the session must have.</summary>
    public IReadOnlyCollection<string> Domains { get; init; } = [];

    /// <summary>Not a kept one.</summary>
    public bool IsFresh { get; init; }

    /// <summary>The client's message is complete: the transaction waits before those whose message is not.</summary>
    public bool IsComplete { get; init; }

    /// <summary>What the next hop must offer; null: anything will do.</summary>
    public Func<EhloCapabilities, bool>? Wanted { get; init; }
}
