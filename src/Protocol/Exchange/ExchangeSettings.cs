namespace ThrottleNet.Protocol.Exchange;

/// <summary>The limits and intervals of the exchange. Times are in milliseconds.</summary>
public sealed record ExchangeSettings
{
    /// <summary>The name of the network; both ends of a link must name the same.</summary>
    public required string Network { get; init; }

    /// <summary>The host:port that this node announces to others; empty when it cannot be reached.</summary>
    public string Address { get; init; } = "";

    /// <summary>The interval between own batches, while there are counts to publish. A longer interval costs fewer octets an entry and makes the hold longer.</summary>
    public int BatchInterval { get; init; } = 1000;

    /// <summary>Up to this many nodes, every node links with every other one and the hold is exact. A larger network spreads batches over trees.</summary>
    public int MeshLimit { get; init; } = 50;

    /// <summary>The most links of a node in a large network: the network stays connected even if half of the nodes fail.</summary>
    public int ViewSize { get; init; } = 8;

    /// <summary>Below this number of links a node looks for more. The difference to <see cref="ViewSize"/> leaves room for other nodes that look for links.</summary>
    public int ViewWanted { get; init; } = 6;

    /// <summary>The number of addresses remembered beyond the links.</summary>
    public int Contacts { get; init; } = 128;

    /// <summary>How long batches are kept for neighbours that ask for them.</summary>
    public int KeepFor { get; init; } = 120_000;

    /// <summary>The limit of kept batches, in octets: two minutes of a thousand nodes with 200 rows a second each take 90 MiB.</summary>
    public long KeepSize { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// This node is a gateway of a cluster. The cluster orders each batch before it is acknowledged (<see cref="ExchangeCore.Ordered"/>), and gives
    /// the own batches (<see cref="ExchangeCore.Publish"/>). Neighbours of the own operator belong to the cluster, so no hold waits for them.
    /// </summary>
    public bool IsGateway { get; init; }

    /// <summary>Batches of a gateway that are not ordered. While there are so many, no further one is accepted; it is asked for again later.</summary>
    public int MaxUnordered { get; init; } = 1 << 12;

    /// <summary>The interval between digests.</summary>
    public int DigestInterval { get; init; } = 10_000;

    /// <summary>How long a node waits for an announced batch before it asks for it: the batch may take several hops more than its announcement.</summary>
    public int AnnounceWait { get; init; } = 300;

    /// <summary>How long the answer to a graft or a want may take before another neighbour is asked.</summary>
    public int AnswerWait { get; init; } = 600;

    /// <summary>A neighbour without a frame for this time is silent: the hold does not wait for it.</summary>
    public int SilentAfter { get; init; } = 3000;

    /// <summary>A neighbour without a frame for this time is dropped.</summary>
    public int DeadAfter { get; init; } = 15_000;

    /// <summary>The largest clock difference that is corrected. With a larger one, counts weigh less.</summary>
    public int MaxSkew { get; init; } = 60_000;

    /// <summary>Batches older than this are not counted: 2 fast time constants.</summary>
    public int MaxAge { get; init; } = 2 * 30 * 60 * 1000;

    /// <summary>Octets a second from one neighbour, over time. A node that forwards everything in a network of a thousand nodes sends a quarter of this.</summary>
    public int LinkRate { get; init; } = 4 * 1024 * 1024;

    /// <summary>Octets at once from one neighbour: a full snapshot and two minutes of batches.</summary>
    public int LinkBurst { get; init; } = 128 * 1024 * 1024;

    /// <summary>Rows a second from one origin, over time: ten times what a busy relay counts. A batch costs at least a hundred rows.</summary>
    public int OriginRate { get; init; } = 2000;

    /// <summary>Rows at once from one origin: its counts of two minutes without a connection.</summary>
    public int OriginBurst { get; init; } = 240_000;

    /// <summary>f: operators that may lie together.</summary>
    public int Faulty { get; init; } = 2;

    /// <summary>The number of rows that a snapshot request asks for.</summary>
    public int SnapshotRows { get; init; } = ExchangeLimits.SnapshotRows;

    /// <summary>How long the three answers to snapshot requests may take.</summary>
    public int SnapshotWait { get; init; } = 10_000;

    /// <summary>The least interval between two snapshot requests of this node, and between two snapshots sent to one neighbour: a snapshot has some megabytes.</summary>
    public int SnapshotInterval { get; init; } = 60_000;
}
