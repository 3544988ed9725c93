using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>A session to begin a transaction on, or else the answer for the client.</summary>
/// <param name="Session">The session; null if there is none.</param>
/// <param name="Refusal">Why not; null if there is one.</param>
internal sealed record ConnectOutcome(NextHopSession? Session, SmtpReply? Refusal)
{
    /// <summary>
    /// Every host that gave a session lacks what was wanted. The refusal is a 4xx then, and only there if another host may have it and gave
    /// no session now.
    /// </summary>
    public bool IsLacking { get; init; }

    /// <summary>What TLS was demanded of the last host asked, and what was reached.</summary>
    public TlsReport Tls { get; init; } = TlsReport.None;
}
