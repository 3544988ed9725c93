using System.Net;

namespace ThrottleNet.MxNode.Relay;

/// <summary>What is known of the client that sends a message, for XCLIENT and for the choice of a session.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Port">Its port there.</param>
/// <param name="ReverseName">The canonical name of its address; null if it has none.</param>
/// <param name="Helo">The argument of its HELO or EHLO.</param>
/// <param name="Protocol">SMTP, ESMTP, ESMTPS, UTF8SMTP… (RFC 3848).</param>
internal sealed record ClientFacts(IPAddress Address, int Port, string? ReverseName, string Helo, string Protocol)
{
    /// <summary>The client is on the trusted list: its mail comes before others' where sessions with a next hop are short.</summary>
    public bool IsTrusted { get; init; }

    /// <summary>This node is the client: the message is its own, such as a delivery report.</summary>
    public bool IsNodeItself { get; init; }

    /// <summary>Where the client connected to this node: a next hop's guard knows by it that the mail came the right way. Null if not known.</summary>
    public IPEndPoint? Server { get; init; }
}
