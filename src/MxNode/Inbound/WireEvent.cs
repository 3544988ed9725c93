namespace ThrottleNet.MxNode.Inbound;

/// <summary>What a read from the client came to.</summary>
internal enum WireEvent
{
    /// <summary>What was asked for is complete.</summary>
    Line,

    /// <summary>A command line did not end within its cap.</summary>
    LineTooLong,

    /// <summary>A command line held CR or LF without the other.</summary>
    BareLineEnd,

    /// <summary>The client is gone.</summary>
    Closed,

    /// <summary>The client was silent, or too slow, for longer than allowed.</summary>
    TimedOut,

    /// <summary>The node is shutting down.</summary>
    Draining,
}
