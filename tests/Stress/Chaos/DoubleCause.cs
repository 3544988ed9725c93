namespace ThrottleNet.Stress.Chaos;

/// <summary>Why a message was delivered by an attempt that its sender did not hear a 250 for.</summary>
internal enum DoubleCause
{
    /// <summary>The sender cut the connection after the final dot.</summary>
    ConnectionCut,

    /// <summary>The node was killed between the final dot and the answer.</summary>
    NodeKilled,

    /// <summary>The node was stopped by SIGTERM between the final dot and the answer.</summary>
    NodeStopped,

    /// <summary>The next hop was killed, or its connections were reset, between the final dot and the answer.</summary>
    HopLost,

    /// <summary>A node's queue delivered the message again: the node or the next hop was lost between the delivery and the note that it is done (RFC 1047).</summary>
    Redelivered,

    /// <summary>None of them.</summary>
    Unexplained,
}
