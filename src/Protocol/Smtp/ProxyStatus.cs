namespace ThrottleNet.Protocol.Smtp;

/// <summary>What became of an attempt to read a PROXY header.</summary>
public enum ProxyStatus
{
    /// <summary>The header is not complete.</summary>
    NeedMore,

    /// <summary>The header was read.</summary>
    Parsed,

    /// <summary>This is no PROXY header; the connection is to be closed.</summary>
    Malformed,

    /// <summary>The header says that it is longer than any that is read; the connection is to be closed.</summary>
    TooLong,
}
