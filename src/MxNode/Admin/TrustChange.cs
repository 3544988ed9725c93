namespace ThrottleNet.MxNode.Admin;

/// <summary>A statement that the node is asked to sign; the body of POST /api/trust.</summary>
/// <param name="Action">enrol, renew, suspend or revoke.</param>
/// <param name="Subject">An address, a network (CIDR) or a host name.</param>
internal sealed record TrustChange(string Action, string Subject)
{
    /// <summary>What the host is: list-host, site, isp-smarthost or relay. Needed to enrol; with renew, null keeps it as it is.</summary>
    public string? Kind { get; init; }

    /// <summary>Who answers for the host; likewise.</summary>
    public string? Organisation { get; init; }

    /// <summary>How to reach them: a mail address or a URL; likewise.</summary>
    public string? Contact { get; init; }

    /// <summary>Recipients an hour up to which it is trusted. Null: without limit; with renew, as it is.</summary>
    public int? RatePerHour { get; init; }

    /// <summary>90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z; null: 365d.</summary>
    public string? Expires { get; init; }

    /// <summary>Why; others read it. Needed to suspend and to revoke.</summary>
    public string? Reason { get; init; }

    /// <summary>Enrol although the network is wide or private, or the contact cannot be reached.</summary>
    public bool AcceptDoubts { get; init; }

    /// <summary>Enrol although the subject overlaps other entries.</summary>
    public bool AcceptOverlaps { get; init; }
}
