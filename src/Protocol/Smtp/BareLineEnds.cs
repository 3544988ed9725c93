namespace ThrottleNet.Protocol.Smtp;

/// <summary>What to do about CR or LF without the other in a message's text (RFC 5321, section 2.3.8 forbids both).</summary>
public enum BareLineEnds
{
    /// <summary>Each becomes CRLF.</summary>
    Normalise,

    /// <summary>The text is refused.</summary>
    Refuse,
}
