using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Simulate.Floods;

/// <summary>A flood by hosts of one block, and how much of it may pass.</summary>
/// <param name="Name">As the command line names it.</param>
/// <param name="What">What the hosts do.</param>
/// <param name="Begin">Puts the senders into the network. They retry by the schedule; without one they do as <paramref name="What"/> says.</param>
/// <param name="Begins">The hour in which what is measured begins.</param>
/// <param name="Hours">How many hours of it are simulated.</param>
/// <param name="FirstHour">Messages that may pass in the first hour; null: not bounded.</param>
/// <param name="Later">Messages an hour that may pass later on, on average; null: not bounded.</param>
internal sealed record FloodScenario(string Name, string What, Action<FloodNetwork, SenderSchedule?, FloodTally> Begin, int Begins, int Hours, double? FirstHour, double? Later)
{
    /// <summary>What passes may exceed an aim by this factor.</summary>
    public const double Margin = 1.3;

    private const int Relays = 3;

    // Of hosts that go on trying; also of those that send once, when they try again by a server's schedule.
    private const double TryingFirstHour = 496;
    private const double TryingLater = 124;

    /// <summary>The attackers' scenarios by which the limits of newcomers were chosen, with the figures of that model as aims.</summary>
    public static IReadOnlyList<FloodScenario> All { get; } =
    [
        new("fresh48", "8,000 hosts of a new IPv6 /48 send one message each in ten seconds", Burst48, 0, 5, 298, null),
        new("hold48", "65,536 hosts of a new /48 send one message an hour each, and try other relays at once", Hold48, 0, 5, TryingFirstHour, TryingLater),
        new("aged48", "16,384 hosts of a /48 send one message a day each for nine days, then five an hour", Aged48, 9 * 24, 28, 563, 222) { SettlesAfter = 4 },
        new("snowshoe24", "254 hosts of an IPv4 /24 send six messages an hour each for a week", (n, s, t) => Snowshoe(n, s, t, V4, 1, 254, 6, 7), (7 * 24) - 25, 25, null, 102),
        new("snowshoe16", "2,000 hosts of a /16 send six messages an hour each for three days", (n, s, t) => Snowshoe(n, s, t, V4, 256, 2000, 6, 3), (3 * 24) - 25, 25, null, 1018),
        new("snowshoe32", "60,000 hosts in 6,000 /48s of an IPv6 /32 send one message an hour each for two days", (n, s, t) => Snowshoe(n, s, t, V6, 6000, 60_000, 1, 2), (2 * 24) - 25, 25, null, 1256),
    ];

    /// <summary>Hours after which the flood is as it stays: the counts of the ageing have decayed.</summary>
    public int SettlesAfter { get; init; } = 1;

    /// <summary>Simulates it.</summary>
    /// <param name="schedule">The retries of the senders; null: none but what the scenario says.</param>
    /// <param name="seed">The same seed gives the same result.</param>
    public FloodResult Run(SenderSchedule? schedule, int seed)
    {
        var network = new FloodNetwork(seed, Relays);
        var tally = new FloodTally(network);
        Begin(network, schedule, tally);
        network.Run((Begins + Hours) * FloodNetwork.Hour);

        // What is sent once is tried again by its schedule alone, so its first hour is compared with that of hosts that go on trying.
        var (first, later) = schedule is not null && Later is null ? (TryingFirstHour, TryingLater) : (FirstHour, Later);
        return new FloodResult(this, schedule?.Name, tally.InHour(Begins), first, tally.PerHour(Begins + SettlesAfter, Begins + Hours), later);
    }

    /// <summary>A host of the IPv4 /16 of the scenarios.</summary>
    public static IpBlock V4(int site, int host) => new(0x00ff_0000_0a09_0000ul + ((ulong)site << 8) + (ulong)host, BlockLevel.Host);

    /// <summary>A host of the IPv6 /32 of the scenarios.</summary>
    public static IpBlock V6(int site, int host) => new(0x2001_0db8_0000_0000ul + ((ulong)site << 16) + (ulong)host, BlockLevel.Host);

    private static void Burst48(FloodNetwork network, SenderSchedule? schedule, FloodTally tally)
    {
        for (var i = 0; i < 8000; i++)
        {
            var host = V6(0, i);
            network.In(network.Random.Next(10_000), () => network.SendOne(host, schedule, tally.Passed));
        }
    }

    private static void Hold48(FloodNetwork network, SenderSchedule? schedule, FloodTally tally)
    {
        for (var i = 0; i < 65_536; i++)
        {
            network.Spam(V6(0, i), perHour: 1, elsewhere: Relays - 1, 5 * FloodNetwork.Hour, tally.Passed, schedule);
        }
    }

    private static void Aged48(FloodNetwork network, SenderSchedule? schedule, FloodTally tally)
    {
        const long Aged = 9 * FloodNetwork.Day;
        for (var i = 0; i < 16_384; i++)
        {
            var host = V6(0, i);
            network.Spam(host, perHour: 1 / 24.0, elsewhere: 0, Aged, () => { });
            network.In(Aged, () => network.Spam(host, perHour: 5, elsewhere: 1, Aged + (28 * FloodNetwork.Hour), tally.Passed, schedule));
        }
    }

    private static void Snowshoe(FloodNetwork network, SenderSchedule? schedule, FloodTally tally, Func<int, int, IpBlock> block, int sites, int hosts, double perHour, int days)
    {
        for (var i = 0; i < hosts; i++)
        {
            network.Spam(block(i % sites, 1 + (i / sites)), perHour, elsewhere: 0, days * FloodNetwork.Day, tally.Passed, schedule);
        }
    }
}
