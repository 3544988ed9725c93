namespace ThrottleNet.MxNode.Dns;

/// <summary>How a question ended.</summary>
internal enum DnsStatus
{
    /// <summary>There is at least one record.</summary>
    Success,

    /// <summary>The name exists, but has no record of that kind.</summary>
    NoData,

    /// <summary>The name does not exist.</summary>
    NameError,

    /// <summary>Nobody answered, or only with errors: try again later.</summary>
    Failure,
}
