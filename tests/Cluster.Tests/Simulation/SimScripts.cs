namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>Scripts drawn from a seed.</summary>
internal static class SimScripts
{
    public static SimSettings Random(int seed)
    {
        var random = new Random(seed ^ 0x5eed);
        var kinds = Enum.GetValues<DisturbanceKind>();
        var settings = new SimSettings
        {
            Nodes = 3 + random.Next(4),
            Gateways = 1 + random.Next(3),
            Peers = random.Next(4),
            Shards = 1 + random.Next(3),
            StaleViews = random.Next(2) == 0,
            LongQuiet = random.Next(10) == 0,
            Loss = random.Next(4) == 0 ? 0.02 : 0,
            Disturbances = [.. Enumerable.Range(0, random.Next(9)).Select(_ => new Disturbance(kinds[random.Next(kinds.Length)], 1200 + random.Next(4500)))],
            Snapshots = random.Next(4),
            GatewaySnapshots = random.Next(3),
        };
        return settings.Disturbances.All(d => d.Kind.IsHarmless()) ? settings : settings with { GatewaySnapshots = 0 };
    }
}
