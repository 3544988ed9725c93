namespace ThrottleNet.Stress.Chaos;

/// <summary>What a chaos run does to a node or a next hop.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL to a node; it starts again some seconds later.</summary>
    NodeKilled,

    /// <summary>SIGTERM to a node, which drains; it starts again some seconds later.</summary>
    NodeStopped,

    /// <summary>SIGSTOP to a node, as if its machine slept; SIGCONT some seconds later.</summary>
    NodePaused,

    /// <summary>SIGKILL to a next hop; it starts again some seconds later.</summary>
    HopKilled,

    /// <summary>SIGSTOP to a next hop; SIGCONT some seconds later.</summary>
    HopPaused,

    /// <summary>A next hop resets all its connections.</summary>
    HopCut,

    /// <summary>The paths between a node's exchange and its peers break, and stay broken for some seconds.</summary>
    PeersCut,

    /// <summary>The disk of a node's data directory is full for some seconds.</summary>
    DiskFilled,

    /// <summary>A node's wall clock is wrong for some seconds. Its monotonic clock goes on.</summary>
    ClockStepped,

    /// <summary>More silent connections to a node than it may have descriptors, for some seconds.</summary>
    DescriptorsTaken,

    /// <summary>Some hundred silent connections to a node, for some seconds.</summary>
    Flooded,
}
