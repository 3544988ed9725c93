namespace ThrottleNet.Protocol.Tls;

/// <summary>How far the reading of a <see cref="ClientHello"/> has come.</summary>
public enum ClientHelloStatus
{
    /// <summary>More octets are needed.</summary>
    NeedMore,

    /// <summary>It was read.</summary>
    Complete,

    /// <summary>The octets are no ClientHello, or one that is too long.</summary>
    Malformed,
}
