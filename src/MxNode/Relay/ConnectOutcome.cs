using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>A session to begin a transaction on, or else the answer for the client.</summary>
/// <param name="Session">The session; null if there is none.</param>
/// <param name="Refusal">Why not; null if there is one, and where every host that gave one lacks what was wanted.</param>
internal readonly record struct ConnectOutcome(NextHopSession? Session, SmtpReply? Refusal);
