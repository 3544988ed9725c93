using System.Net;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class LedgerTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private long _now = EngineRig.Start;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Counts_agree_with_an_exact_oracle_to_one_percent(int seed)
    {
        var random = new Random(seed);
        var ledger = New();
        List<(long When, double Units, bool Own)> oracle = [];
        for (var i = 0; i < 5000; i++)
        {
            _now += random.Next(10) == 0 ? random.Next(3_600_000) : random.Next(60_000);
            var units = random.Next(4) == 0 ? 2f : 1;
            if (random.Next(2) == 0)
            {
                ledger.AddOwn(Host, units, _now);
                oracle.Add((_now, units, true));
            }
            else
            {
                var late = _now - random.Next(3_599_000);
                Report(ledger, Host, units, 0, late);
                oracle.Add((late, units, false));
            }

            if (i % 50 != 0)
            {
                continue;
            }

            var counts = ledger.ReadHost(Host, _now);
            var (own, others) = (Sum(oracle.Where(e => e.Own), Decay.FastTau), Sum(oracle.Where(e => !e.Own), Decay.FastTau));
            var slow = Sum(oracle, Decay.SlowTau);
            AssertClose(own, counts.Own);
            AssertClose(others, counts.Others);
            AssertClose(slow, counts.Slow);

            oracle.RemoveAll(e => _now - e.When > 20 * Decay.SlowTau);
        }

        void AssertClose(double expected, float actual) =>
            Assert.True(Math.Abs(expected - actual) <= (0.01 * expected) + 1e-6, $"seed {seed}: {expected} expected, {actual} counted");
    }

    [Fact]
    public void Counts_climb_the_ladder_and_stay_apart_from_other_blocks()
    {
        var ledger = New();
        ledger.AddOwn(Host, 1, _now);
        ledger.AddOwn(Of("192.0.2.2"), 1, _now);
        ledger.AddOwn(Of("192.0.3.1"), 1, _now);
        ledger.AddOwn(Of("192.1.0.1"), 1, _now);
        AssertLadder(ledger, Host, 1, 2, 3);
        Report(ledger, Of("192.0.2.2"), 2, 0, _now);
        AssertLadder(ledger, Host, 1, 4, 5);
        Assert.Equal(4 + 3 + 2, ledger.Shards.Rows);
    }

    [Fact]
    public void Ipv6_hosts_of_one_subnet_are_one_block()
    {
        var ledger = New();
        ledger.AddOwn(Of("2001:db8:0:1::1"), 1, _now);
        ledger.AddOwn(Of("2001:db8:0:1:ffff::2"), 1, _now);
        ledger.AddOwn(Of("2001:db8:0:2::1"), 1, _now);
        ledger.AddOwn(Of("2001:db8:0:f00::1"), 1, _now);
        ledger.AddOwn(Of("2001:db8:1::1"), 1, _now);
        ledger.AddOwn(Of("2001:db9::1"), 1, _now);
        AssertLadder(ledger, Of("2001:db8:0:1::"), 2, 4, 5);
    }

    [Fact]
    public void Reports_from_the_future_count_as_of_now()
    {
        var ledger = New();
        Report(ledger, Host, 8, 2, long.MaxValue);
        Assert.Equal(8, ledger.ReadHost(Host, _now).Others);
        Assert.Equal(2, ledger.ReadHost(Host, _now, LedgerTable.BadRecipients).Others);
        _now += (long)Decay.FastTau;
        Assert.Equal(8 / Math.E, ledger.ReadHost(Host, _now).Others, 0.001);
    }

    [Fact]
    public void Reports_older_than_two_time_constants_are_dropped()
    {
        var ledger = New();
        Report(ledger, Host, 8, 2, _now - (long)(2 * Decay.FastTau) - 1);
        Report(ledger, Host, 8, 2, 0);
        Assert.Equal(0, ledger.Shards.Rows);
        Report(ledger, Host, 8, 0, _now - (long)(2 * Decay.FastTau));
        Assert.Equal(8 / Math.Exp(2), ledger.ReadHost(Host, _now).Others, 0.001);
    }

    [Fact]
    public void A_host_over_its_limit_adds_nothing_to_its_site_and_no_host_adds_more_than_its_limit()
    {
        var ledger = New();
        Report(ledger, Host, 500, 0, _now);
        AssertLadder(ledger, Host, 500, 10, 10);
        for (var i = 0; i < 50; i++)
        {
            ledger.AddOwn(Host, 1, _now);
            Report(ledger, Host, 1, 0, _now);
        }

        AssertLadder(ledger, Host, 600, 10, 10);
    }

    [Fact]
    public void No_count_is_lost_when_many_threads_count_while_the_tables_grow()
    {
        const int Each = 20_000;
        var ledger = New();
        Parallel.For(0, 4, thread =>
        {
            foreach (var group in Enumerable.Range(0, Each).Chunk(16))
            {
                var entries = Array.ConvertAll(group, i => new CountEntry(Host.Key + ((ulong)i << 16), 4));
                ledger.AddReports($"operator {thread}", BatchCounts.Of(entries, []), _now, _now);
                ledger.AddOwn(entries[thread].Host, 1, _now);
                ledger.Read(entries[^1].Host, _now);
            }
        });
        for (var i = 0; i < Each; i++)
        {
            Assert.Equal(4, ledger.ReadHost(new IpBlock(Host.Key + ((ulong)i << 16), BlockLevel.Host), _now).Others);
        }
    }

    [Fact]
    public void A_sweep_reclaims_hosts_after_four_days_and_areas_that_decayed_to_nothing()
    {
        var ledger = New();
        ledger.AddOwn(Host, 1, _now);
        _now += (long)TimeSpan.FromHours(2).TotalMilliseconds;
        ledger.Sweep(_now);
        Assert.Equal(3, ledger.Shards.Rows);
        _now += (long)TimeSpan.FromDays(3.8).TotalMilliseconds;
        ledger.Sweep(_now);
        Assert.Equal(1, ledger.Shards.Rows); // the host
        _now += (long)TimeSpan.FromDays(0.2).TotalMilliseconds;
        ledger.Sweep(_now);
        Assert.Equal(0, ledger.Shards.Rows);
    }

    [Fact]
    public void A_flood_of_addresses_neither_grows_the_ledger_past_its_cap_nor_evicts_a_busy_host()
    {
        const int Areas = 100; // the flood has four sites in one region
        var ledger = New(CountingLimits.Default with { MaxRows = 10_000 });
        ledger.AddOwn(Host, 40, _now);
        for (var i = 0; i < 200_000; i++)
        {
            ledger.AddOwn(new IpBlock(0x2001_0db8_0000_0000ul + (uint)i, BlockLevel.Host), 1, _now);
        }

        Assert.InRange(ledger.Shards.Rows, 9_000, 10_000 + Areas + (ledger.Shards.Count * BlockTable<HostRow>.Candidates));
        Assert.InRange(ledger.ReadHost(Host, _now).Own, 40, 40);
    }

    [Fact]
    public void In_a_full_ledger_a_newcomer_does_not_evict_the_only_busy_host_of_its_shard()
    {
        var ledger = New(CountingLimits.Default with { MaxRows = 10_000 });
        for (var i = 0; i < 11_000; i++)
        {
            ledger.AddOwn(new IpBlock(0x2001_0db8_0000_0000ul + (uint)i, BlockLevel.Host), 1, _now);
        }

        // Each host is in its own region, so that the hosts fill all shards. The first host of a shard competes with a newcomer only.
        var senders = Enumerable.Range(0, 2 * ledger.Shards.Count).Select(i => new IpBlock(0x2a00_0000_0000_0000ul + ((ulong)i << 32), BlockLevel.Host)).ToList();
        foreach (var sender in senders)
        {
            ledger.AddOwn(sender, 40, _now);
        }

        Assert.All(senders, s => Assert.InRange(ledger.ReadHost(s, _now).Own, 40, 40));
    }

    [Fact]
    public async Task No_count_is_lost_when_many_threads_count_and_sweep_at_once()
    {
        var ledger = New();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 20_000; i++)
            {
                ledger.AddOwn(Of($"10.0.{random.Next(256)}.{random.Next(4)}"), 1, _now);
                if (i % 1000 == 0)
                {
                    ledger.Sweep(_now);
                }
            }
        }))).WaitAsync(TimeSpan.FromSeconds(60));

        var hosts = from third in Enumerable.Range(0, 256) from fourth in Enumerable.Range(0, 4) select Of($"10.0.{third}.{fourth}");
        Assert.Equal(160_000, hosts.Sum(h => ledger.ReadHost(h, _now).Own));
    }

    private static IpBlock Of(string address) => IpBlock.Of(IPAddress.Parse(address));

    private static Ledger New(CountingLimits? limits = null) => new(limits ?? CountingLimits.Default with { MaxRows = 200_000 }, FaultTolerance.None);

    private void Report(Ledger ledger, IpBlock host, double units, double bad, long time) => ledger.AddReports(
        "other", BatchCounts.Of(Entries(host, units), Entries(host, bad)), time, _now);

    private static CountEntry[] Entries(IpBlock host, double units) => units > 0 ? [new CountEntry(host.Key, (uint)(units * CountEntry.PerUnit))] : [];

    private void AssertLadder(Ledger ledger, IpBlock host, float counts, float site, float region)
    {
        var evidence = ledger.Read(host, _now);
        Assert.Equal(counts, evidence.Counts.Own + evidence.Counts.Others, 0.01f);
        var neighbourhood = ledger.ReadNeighbourhood(host, _now);
        Assert.Equal(site, neighbourhood.Site.Newcomers, 0.01f);
        Assert.Equal(region, neighbourhood.Region.Newcomers, 0.01f);
    }

    private double Sum(IEnumerable<(long When, double Units, bool Own)> events, double timeConstant) =>
        events.Sum(e => e.Units * Math.Exp(-(_now - e.When) / timeConstant));
}
