namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>What a message gets for a next hop that does not learn the client's address by XCLIENT.</summary>
internal enum AuthenticationMode
{
    /// <summary>Nothing.</summary>
    Off,

    /// <summary>The results of SPF and DKIM in an Authentication-Results field (RFC 8601).</summary>
    Results,

    /// <summary>These results, and an ARC set (RFC 8617) that seals them.</summary>
    Arc,
}
