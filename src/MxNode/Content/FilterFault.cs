namespace ThrottleNet.MxNode.Content;

/// <summary>In what way a filter failed.</summary>
internal enum FilterFault
{
    Unreachable,
    HungUp,
    TimedOut,

    /// <summary>It broke the protocol.</summary>
    Broken,

    /// <summary>All connections with it are in use.</summary>
    Busy,
}
