namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>The load and the disturbances of a simulated world. Times are in milliseconds.</summary>
internal sealed record SimSettings
{
    public int Nodes { get; init; } = 4;

    public int Gateways { get; init; } = 2;

    public int Peers { get; init; } = 2;

    public int Shards { get; init; } = 2;

    /// <summary>Attempts of one shard, at all nodes and peers.</summary>
    public int Hot { get; init; } = 40;

    /// <summary>Attempts of another shard.</summary>
    public int Cold { get; init; } = 20;

    /// <summary>The attempts come within this time.</summary>
    public int Spray { get; init; } = 4000;

    /// <summary>Disturbances and their times. Their arguments are drawn from the seed.</summary>
    public IReadOnlyList<Disturbance> Disturbances { get; init; } = [];

    /// <summary>Views are late by seconds, or miss changes until the end.</summary>
    public bool StaleViews { get; init; }

    /// <summary>The world runs on quietly for longer than dead readers are remembered.</summary>
    public bool LongQuiet { get; init; }

    /// <summary>How long a cut lasts; 0 for a time drawn from the seed.</summary>
    public int CutFor { get; init; }

    /// <summary>Peers, new ones or known ones, that raise their counts to a gateway's snapshot during the attempts.</summary>
    public int Snapshots { get; init; }

    /// <summary>Gateways that raise their counts to a peer's snapshot during the attempts. It is exact only while every shard has one generation.</summary>
    public int GatewaySnapshots { get; init; }

    /// <summary>The longest time between an attempt's count in the ledger and its registration with the node's machine.</summary>
    public int QueueFor { get; init; } = 20;

    /// <summary>The share of calls that are lost throughout.</summary>
    public double Loss { get; init; }
}

internal readonly record struct Disturbance(DisturbanceKind Kind, int At);

internal enum DisturbanceKind
{
    Crash,
    GatewayCrash,
    ShardCrash,
    Duplicate,
    Migrate,
    Cut,
    Freeze,
    PeerCut,
    GatewayCut,
    Join,
    GatewayJoin,
    Loss,
    FalseDeath,
    ViewLoss,
}

internal static class DisturbanceKinds
{
    /// <summary>Whether every shard keeps its generation.</summary>
    public static bool IsHarmless(this DisturbanceKind kind) => kind is DisturbanceKind.Migrate or DisturbanceKind.PeerCut or DisturbanceKind.GatewayCut
        or DisturbanceKind.Join or DisturbanceKind.GatewayJoin or DisturbanceKind.Loss or DisturbanceKind.FalseDeath or DisturbanceKind.ViewLoss;
}
