namespace ThrottleNet.MxNode.Dns;

/// <summary>The kind of outcome of a DNS question.</summary>
internal enum DnsStatus
{
    /// <summary>The answer holds at least one record.</summary>
    Success,

    /// <summary>The name exists, but has no record of that type.</summary>
    NoData,

    /// <summary>The name does not exist.</summary>
    NameError,

    /// <summary>No server answered, or all answered with errors. The question may succeed later.</summary>
    Failure,
}
