namespace ThrottleNet.MxNode.Simulate;

/// <summary>What to simulate.</summary>
internal sealed record SimulationOptions
{
    /// <summary>Replays exactly.</summary>
    public int Seed { get; init; } = 1;

    public int Nodes { get; init; } = 1000;

    /// <summary>The nodes are shared out among so many operators.</summary>
    public int Operators { get; init; } = 50;

    public NetworkConditions Conditions { get; init; } = new();

    /// <summary>Seconds for the overlay to settle before anything is measured.</summary>
    public int WarmUp { get; init; } = 10;

    /// <summary>Seconds measured.</summary>
    public int Seconds { get; init; } = 30;

    /// <summary>Ordinary hosts...</summary>
    public int Innocents { get; init; } = 500;

    /// <summary>...each of which sends so many messages while it is measured, to random nodes of a part of the network.</summary>
    public int MessagesEach { get; init; } = 2;

    /// <summary>Nodes that ordinary mail reaches; each origin costs every node memory, so that the largest networks want a part only.</summary>
    public int BusyNodes { get; init; } = 100;

    /// <summary>Messages that one host sprays over all nodes within a second, in the middle.</summary>
    public int Spray { get; init; } = 1000;

    /// <summary>Nodes that the spray reaches; 0: all.</summary>
    public int SprayNodes { get; init; }

    /// <summary>Operators whose nodes invent a million attempts of each innocent host, and hide the sprayer's.</summary>
    public int Liars { get; init; }

    /// <summary>Seconds after the mail began at which they lie.</summary>
    public int LieAfter { get; init; } = 5;

    /// <summary>Nodes that crash at a random moment and start again ten seconds later.</summary>
    public int Crashes { get; init; }

    /// <summary>Seconds for which a random third of the nodes is cut off.</summary>
    public int Partition { get; init; }

    /// <summary>Clocks differ by up to so many milliseconds from the truth, both ways.</summary>
    public int Skew { get; init; }

    /// <summary>Milliseconds.</summary>
    public int Hold { get; init; } = 3000;
}
