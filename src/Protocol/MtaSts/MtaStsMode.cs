namespace ThrottleNet.Protocol.MtaSts;

/// <summary>What a sender does when no mail exchanger satisfies a policy (RFC 8461, section 5).</summary>
public enum MtaStsMode
{
    /// <summary>The domain has no policy any more.</summary>
    None,

    /// <summary>The sender delivers all the same, and reports the failure.</summary>
    Testing,

    /// <summary>The sender does not deliver.</summary>
    Enforce,
}
