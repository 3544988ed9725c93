namespace ThrottleNet.Protocol.Smtp;

/// <summary>What became of an attempt to read a reply.</summary>
public enum ReplyStatus
{
    /// <summary>The reply is not complete.</summary>
    NeedMore,

    /// <summary>A reply was read.</summary>
    Reply,

    /// <summary>The peer does not speak SMTP; the connection is of no further use.</summary>
    Malformed,
}
