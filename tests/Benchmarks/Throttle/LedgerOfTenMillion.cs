using System.Globalization;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.Benchmarks.Throttle;

/// <summary>A ledger like that of a node in a busy network: hosts scattered over the IPv4 space, the same in each run.</summary>
internal static class LedgerOfTenMillion
{
    public const int Hosts = 10_000_000;

    private static readonly CountingClock Clock = new(TimeProvider.System);

    /// <summary>Milliseconds since 1970.</summary>
    public static long Now => Clock.Now;

    /// <summary>The i-th host, from a pseudo-random permutation of all addresses: no two are equal, and most are alone in their /24.</summary>
    public static IpBlock Host(int index)
    {
        var address = (uint)index;
        address = (address ^ (address >> 16)) * 0x7feb_352d;
        address = (address ^ (address >> 15)) * 0x846c_a68b;
        return new IpBlock(0x00ff_0000_0000_0000ul | (address ^ (address >> 16)), BlockLevel.Host);
    }

    public static CountingEngine Fill(int hosts)
    {
        var engine = New();
        for (var i = 0; i < hosts; i++)
        {
            engine.Ledger.AddOwn(Host(i), 1, Now);
        }

        return engine;
    }

    public static CountingEngine New() => new(CountingLimits.Default with { MaxRows = 2 * Hosts }, Now);

    /// <summary>Resident octets of this process (Linux).</summary>
    public static long ResidentSize()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
