using System.Net;
using BenchmarkDotNet.Attributes;
using ThrottleNet.TrustList;

namespace ThrottleNet.Benchmarks.Trust;

/// <summary>One lookup among a million entries, each for another random address, so that caches help as little as in production.</summary>
public class TrustIndexBenchmarks
{
    private const int Questions = 1 << 16;

    private readonly IPAddress[] _addresses = new IPAddress[Questions];
    private TrustIndex _index = TrustIndex.Empty;
    private int _next;

    [Params(false, true)]
    public bool IPv6 { get; set; }

    /// <summary>Whether the networks are clustered, as registries allocate them, instead of evenly spread.</summary>
    [Params(false, true)]
    public bool Clumped { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var random = new Random(1);
        var entries = Enumerable.Range(0, 1_000_000).Select(_ => TrustSamples.Entry(random, IPv6, Clumped)).ToArray();
        _index = TrustIndex.Build(entries);
        for (var i = 0; i < Questions; i++)
        {
            _addresses[i] = random.Next(2) == 0
                ? new IPAddress(entries[random.Next(entries.Length)].Network.BaseAddress.GetAddressBytes())
                : TrustSamples.Entry(random, IPv6, Clumped).Network.BaseAddress;
        }
    }

    [Benchmark]
    public bool Lookup() => _index.TryFind(_addresses[_next++ & (Questions - 1)], out _);
}
