namespace ThrottleNet.MxNode.Simulate;

/// <summary>The network to simulate, and its troubles.</summary>
internal sealed record SimulationOptions
{
    /// <summary>The same seed with the same options gives the same simulation.</summary>
    public int Seed { get; init; } = 1;

    public int Nodes { get; init; } = 1000;

    /// <summary>
    /// Nodes that each simulated one stands for: a cluster is one gateway in the exchange, and an attempt at any of its nodes is with the gateway
    /// within a millisecond. 1 without clusters.
    /// </summary>
    public int NodesEach { get; init; } = 1;

    /// <summary>The number of operators, who have about as many nodes each.</summary>
    public int Operators { get; init; } = 50;

    public NetworkConditions Conditions { get; init; } = new();

    /// <summary>Seconds for the overlay to settle before anything is measured.</summary>
    public int WarmUp { get; init; } = 10;

    /// <summary>Seconds measured.</summary>
    public int Seconds { get; init; } = 30;

    /// <summary>Ordinary hosts.</summary>
    public int Innocents { get; init; } = 500;

    /// <summary>Messages that each ordinary host sends while the network is measured, to random nodes of a part of the network.</summary>
    public int MessagesEach { get; init; } = 2;

    /// <summary>Nodes that ordinary mail reaches. Each origin takes memory of every node, so in the largest networks this is a part only.</summary>
    public int BusyNodes { get; init; } = 100;

    /// <summary>Messages that one host sprays over all nodes within a second, in the middle.</summary>
    public int Spray { get; init; } = 1000;

    /// <summary>Nodes that the spray reaches; 0 for all.</summary>
    public int SprayNodes { get; init; }

    /// <summary>Operators whose nodes report a million invented attempts of each innocent host, and hide the sprayer's attempts.</summary>
    public int Liars { get; init; }

    /// <summary>Seconds from the beginning of the mail to the lie.</summary>
    public int LieAfter { get; init; } = 5;

    /// <summary>Nodes that crash at a random moment and start again ten seconds later.</summary>
    public int Crashes { get; init; }

    /// <summary>Seconds for which a random third of the nodes is cut off.</summary>
    public int Partition { get; init; }

    /// <summary>The most milliseconds by which clocks differ from the true time, both ways.</summary>
    public int Skew { get; init; }

    /// <summary>The longest hold, milliseconds.</summary>
    public int Hold { get; init; } = 3000;
}
