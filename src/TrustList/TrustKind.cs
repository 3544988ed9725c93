namespace ThrottleNet.TrustList;

/// <summary>The kind of a trusted host. Its number is the third octet of the host's DNSWL answer, 127.0.kind.score, and never changes.</summary>
public enum TrustKind : byte
{
    /// <summary>A host of mailing lists: sending to many recipients is its purpose.</summary>
    ListHost = 1,

    /// <summary>A site with many senders of its own.</summary>
    Site = 2,

    /// <summary>The smarthost through which an ISP's customers send.</summary>
    IspSmarthost = 3,

    /// <summary>A relay of the network.</summary>
    Relay = 4,
}
