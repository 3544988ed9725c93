using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>What a transaction wants of a session.</summary>
/// <param name="Destination">Where to.</param>
/// <param name="Client">Whom for.</param>
internal sealed record ConnectRequest(Destination Destination, ClientFacts Client)
{
    /// <summary>Not a kept one.</summary>
    public bool IsFresh { get; init; }

    /// <summary>The client's message is complete: it comes before those whose is not.</summary>
    public bool IsComplete { get; init; }

    /// <summary>What the next hop must offer; null: anything will do.</summary>
    public Func<EhloCapabilities, bool>? Wanted { get; init; }
}
