using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>What became of a message.</summary>
/// <param name="Reply">For our client: 250 exactly when the next hop has taken the message.</param>
/// <param name="NextHop">"mail.example.com[192.0.2.1]:25".</param>
/// <param name="Tls">How the session with it was encrypted; null if it was not.</param>
/// <param name="Bytes">Octets of content, the added header included.</param>
/// <param name="Elapsed">From our client's final dot to the answer.</param>
/// <param name="PossibleDuplicate">The next hop got it all and its answer was lost: it may have the message, and the client keeps it, too.</param>
internal sealed record RelayResult(SmtpReply Reply, string NextHop, TlsFacts? Tls, long Bytes, TimeSpan Elapsed, bool PossibleDuplicate)
{
    /// <summary>The next hop reports on the delivery itself: it offers DSN (RFC 3461).</summary>
    public bool NextHopReports { get; init; }

    /// <summary>The results of the checks of the sender in short; null if it was not checked.</summary>
    public AuthenticationVerdict? Authentication { get; init; }
}
