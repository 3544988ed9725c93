namespace ThrottleNet.Stress.Chaos;

/// <summary>The faults of a run. The same seed gives the same plan.</summary>
internal static class ChaosPlan
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MeanPause = TimeSpan.FromSeconds(3);

    private static readonly FaultKind[] SpoolKinds =
        [FaultKind.NodeKilled, FaultKind.NodeStopped, FaultKind.HopKilled, FaultKind.HopPaused, FaultKind.HopCut, FaultKind.DiskFilled];

    private static readonly TimeSpan[] ClockOffsets =
        [TimeSpan.FromHours(2), TimeSpan.FromMinutes(-30), TimeSpan.FromSeconds(90), TimeSpan.FromHours(20), TimeSpan.FromHours(-5)];

    /// <summary>Plans faults for the length of a run. Each kind comes once before one comes again; kills come twice as often.</summary>
    public static IReadOnlyList<PlannedFault> Make(ChaosOptions options, int nodes, int hops)
    {
        var random = new Random(options.Seed);
        var faults = new List<PlannedFault>();
        var at = First;
        while (true)
        {
            FaultKind[] round = [.. options.Spools ? SpoolKinds : Enum.GetValues<FaultKind>(), FaultKind.NodeKilled, FaultKind.HopKilled];
            random.Shuffle(round);
            foreach (var kind in round)
            {
                if (at >= options.Length)
                {
                    return faults;
                }

                var ofHop = kind is FaultKind.HopKilled or FaultKind.HopPaused or FaultKind.HopCut;
                faults.Add(new PlannedFault(
                    at, kind, random.Next(ofHop ? hops : nodes), TimeSpan.FromSeconds(0.5 + (random.NextDouble() * LongestOf(kind))), ClockOffsets[random.Next(ClockOffsets.Length)]));
                at += MeanPause * (0.2 + (random.NextDouble() * 1.6));
            }
        }
    }

    // Seconds. A clock that is wrong for long is a fault of its own: the counts of that node are of no use to its peers meanwhile.
    private static double LongestOf(FaultKind kind) => kind switch
    {
        FaultKind.NodeKilled or FaultKind.NodeStopped or FaultKind.HopKilled => 3,
        FaultKind.HopCut => 1,
        FaultKind.ClockStepped => 12,
        _ => 6,
    };
}
