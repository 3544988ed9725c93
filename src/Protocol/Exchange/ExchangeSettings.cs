namespace ThrottleNet.Protocol.Exchange;

/// <summary>Numbers of the exchange, each with its reason. Times are in milliseconds.</summary>
public sealed record ExchangeSettings
{
    /// <summary>The name both ends of a link must agree on.</summary>
    public required string Network { get; init; }

    /// <summary>host:port that other nodes are told; empty when this node cannot be reached.</summary>
    public string Address { get; init; } = "";

    /// <summary>Between two own batches, when there is something to publish. A longer interval makes an entry cheaper and a hold longer.</summary>
    public int BatchInterval { get; init; } = 1000;

    /// <summary>Up to so many nodes every node links with every other, and the hold is exact. Larger networks spread batches over trees.</summary>
    public int MeshLimit { get; init; } = 50;

    /// <summary>Links of a node in a large network: the network stays connected when half of the nodes fail.</summary>
    public int ViewSize { get; init; } = 8;

    /// <summary>Below so many links a node looks for more. The difference to <see cref="ViewSize"/> leaves room for nodes that look for links.</summary>
    public int ViewWanted { get; init; } = 6;

    /// <summary>Nodes remembered beyond the links.</summary>
    public int Contacts { get; init; } = 128;

    /// <summary>How long batches are kept for neighbours that ask for them.</summary>
    public int KeepFor { get; init; } = 120_000;

    /// <summary>Octets of kept batches: two minutes of a thousand nodes that each publish 200 rows a second would take 90 MiB.</summary>
    public long KeepSize { get; init; } = 64L * 1024 * 1024;

    /// <summary>Between digests.</summary>
    public int DigestInterval { get; init; } = 10_000;

    /// <summary>How long a node waits for an announced batch before it asks for it: the batch may take several hops more than its announcement.</summary>
    public int AnnounceWait { get; init; } = 300;

    /// <summary>How long the answer to a graft or a want may take before another neighbour is asked.</summary>
    public int AnswerWait { get; init; } = 600;

    /// <summary>A neighbour that has sent no frame for so long is silent: the hold does not wait for it.</summary>
    public int SilentAfter { get; init; } = 3000;

    /// <summary>A neighbour that has sent no frame for so long is dropped.</summary>
    public int DeadAfter { get; init; } = 15_000;

    /// <summary>The largest clock difference that is corrected. With a larger one, counts weigh less.</summary>
    public int MaxSkew { get; init; } = 60_000;

    /// <summary>Batches older than this are dropped: 2 fast time constants.</summary>
    public int MaxAge { get; init; } = 2 * 30 * 60 * 1000;

    /// <summary>Octets a second from one neighbour, over time; a node of a thousand that forwards everything needs a quarter.</summary>
    public int LinkRate { get; init; } = 4 * 1024 * 1024;

    /// <summary>Octets at once: a full snapshot and two minutes of batches.</summary>
    public int LinkBurst { get; init; } = 128 * 1024 * 1024;

    /// <summary>Rows a second from one origin, over time: ten times what a busy relay counts. A small batch counts as a hundred.</summary>
    public int OriginRate { get; init; } = 2000;

    /// <summary>Rows at once from one origin: what it counted while cut off for two minutes.</summary>
    public int OriginBurst { get; init; } = 240_000;

    /// <summary>Rows asked for in a snapshot.</summary>
    public int SnapshotRows { get; init; } = ExchangeLimits.SnapshotRows;

    /// <summary>How long the three answers to snapshot requests may take.</summary>
    public int SnapshotWait { get; init; } = 10_000;

    /// <summary>Between two requests for snapshots, and between two snapshots for one neighbour: each costs megabytes.</summary>
    public int SnapshotInterval { get; init; } = 60_000;
}
