using System.Net;
using BenchmarkDotNet.Attributes;
using ThrottleNet.TrustList;

namespace ThrottleNet.Benchmarks.Trust;

/// <summary>One lookup among a million entries, each for another random address, so that the caches help as little as in life.</summary>
public class TrustIndexBenchmarks
{
    private const int Questions = 1 << 16;

    private readonly IPAddress[] _addresses = new IPAddress[Questions];
    private TrustIndex _index = TrustIndex.Empty;
    private int _next;

    [Params(false, true)]
    public bool IPv6 { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var random = new Random(1);
        _index = TrustIndex.Build(Enumerable.Range(0, 1_000_000).Select(_ => TrustSamples.Entry(random, IPv6)));
        for (var i = 0; i < Questions; i++)
        {
            _addresses[i] = random.Next(2) == 0
                ? _index.Entries[random.Next(_index.Entries.Count)].Network.BaseAddress
                : TrustSamples.Entry(random, IPv6).Network.BaseAddress;
        }
    }

    [Benchmark]
    public bool Lookup() => _index.TryFind(_addresses[_next++ & (Questions - 1)], out _);
}
