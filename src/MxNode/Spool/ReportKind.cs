namespace ThrottleNet.MxNode.Spool;

/// <summary>What a delivery report says: the field Action of RFC 3464, section 2.3.3.</summary>
internal enum ReportKind
{
    Failed,
    Delayed,

    /// <summary>Passed to a next hop that does not report itself.</summary>
    Relayed,
}
