namespace ThrottleNet.Stress.Chaos;

/// <summary>Why a message was delivered more than once.</summary>
internal enum DoubleCause
{
    /// <summary>The sender cut the connection after the final dot.</summary>
    ConnectionCut,

    /// <summary>The node was killed between the final dot and the answer, or before its spool had noted the delivery.</summary>
    NodeKilled,

    /// <summary>The node was stopped by SIGTERM between the final dot and the answer.</summary>
    NodeStopped,

    /// <summary>The next hop was killed, or its connections were reset, between the final dot and the answer.</summary>
    HopLost,

    /// <summary>None of these faults happened at that time.</summary>
    Unexplained,
}
