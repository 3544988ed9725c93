namespace ThrottleNet.MxNode.Relay;

/// <summary>How far a session is in a mail transaction.</summary>
internal enum TransactionStage
{
    None,

    /// <summary>MAIL was given: RSET is due before anything else is begun.</summary>
    Envelope,

    /// <summary>354 was given: only the final dot, or the end of the connection, leads on from here.</summary>
    Text,

    /// <summary>The final dot may have arrived. Without the next hop's answer it is unknown who has the message (RFC 1047).</summary>
    AwaitingVerdict,
}
