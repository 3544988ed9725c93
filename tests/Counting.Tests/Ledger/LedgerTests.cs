using System.Net;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class LedgerTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Counts_agree_with_an_exact_oracle_to_one_percent(int seed)
    {
        var random = new Random(seed);
        var ledger = new Ledger(new CountingLimits(), _time);
        List<(DateTimeOffset When, double Units, bool Own)> oracle = [];
        for (var i = 0; i < 5000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(random.Next(10) == 0 ? random.Next(3_600_000) : random.Next(60_000)));
            var units = random.Next(4) == 0 ? 0.25f : 1;
            if (random.Next(2) == 0)
            {
                ledger.AddOwn(Host, units, ledger.Now);
                oracle.Add((_time.GetUtcNow(), units, true));
            }
            else
            {
                var late = _time.GetUtcNow() - TimeSpan.FromMilliseconds(random.Next(3_599_000));
                Assert.True(ledger.AddFromNetwork(Host, units, 0, late));
                oracle.Add((late, units, false));
            }

            if (i % 50 != 0)
            {
                continue;
            }

            var counts = ledger.Read(Host, ledger.Now).Ladder;
            var (own, others) = (Sum(oracle.Where(e => e.Own), Decay.FastTime), Sum(oracle.Where(e => !e.Own), Decay.FastTime));
            var slow = Sum(oracle, Decay.SlowTime);
            foreach (var level in new[] { counts.Host, counts.Site, counts.Region })
            {
                AssertClose(own, level.Own);
                AssertClose(others, level.Others);
                AssertClose(slow, level.Slow);
            }

            oracle.RemoveAll(e => _time.GetUtcNow() - e.When > 20 * Decay.SlowTime);
        }

        void AssertClose(double expected, float actual) =>
            Assert.True(Math.Abs(expected - actual) <= (0.01 * expected) + 1e-6, $"seed {seed}: {expected} expected, {actual} counted");
    }

    [Fact]
    public void Counts_climb_the_ladder_and_stay_apart_from_other_blocks()
    {
        var ledger = new Ledger(new CountingLimits(), _time);
        ledger.AddOwn(Host, 1, ledger.Now);
        ledger.AddOwn(Of("192.0.2.2"), 1, ledger.Now);
        ledger.AddOwn(Of("192.0.3.1"), 1, ledger.Now);
        ledger.AddOwn(Of("192.1.0.1"), 1, ledger.Now);
        var counts = ledger.Read(Host, ledger.Now).Ladder;
        Assert.Equal((1f, 2f, 3f), (counts.Host.Own, counts.Site.Own, counts.Region.Own));
        Assert.Equal((0f, 0f, 0f), (counts.Host.Others, counts.Site.Others, counts.Region.Others));
        Assert.Equal(4 + 3 + 2, ledger.Rows);
    }

    [Fact]
    public void Ipv6_hosts_of_one_subnet_are_one_block()
    {
        var ledger = new Ledger(new CountingLimits(), _time);
        ledger.AddOwn(Of("2001:db8:0:1::1"), 1, ledger.Now);
        ledger.AddOwn(Of("2001:db8:0:1:ffff::2"), 1, ledger.Now);
        ledger.AddOwn(Of("2001:db8:0:2::1"), 1, ledger.Now);
        ledger.AddOwn(Of("2001:db8:0:f00::1"), 1, ledger.Now);
        var counts = ledger.Read(Of("2001:db8:0:1::"), ledger.Now).Ladder;
        Assert.Equal((2f, 3f, 4f), (counts.Host.Own, counts.Site.Own, counts.Region.Own));
    }

    [Fact]
    public void News_from_the_future_counts_as_of_now()
    {
        var ledger = new Ledger(new CountingLimits(), _time);
        Assert.True(ledger.AddFromNetwork(Host, 8, 2, DateTimeOffset.MaxValue));
        Assert.Equal(8, ledger.ReadHost(Host, ledger.Now).Others);
        Assert.Equal(2, ledger.ReadBadRecipients(Host, ledger.Now).Others);
        _time.Advance(Decay.FastTime);
        Assert.Equal(8 / Math.E, ledger.ReadHost(Host, ledger.Now).Others, 0.001);
    }

    [Fact]
    public void News_older_than_two_time_constants_is_dropped()
    {
        var ledger = new Ledger(new CountingLimits(), _time);
        Assert.False(ledger.AddFromNetwork(Host, 8, 2, _time.GetUtcNow() - (2 * Decay.FastTime) - TimeSpan.FromSeconds(1)));
        Assert.False(ledger.AddFromNetwork(Host, 8, 2, DateTimeOffset.MinValue));
        Assert.Equal(0, ledger.Rows);
        Assert.True(ledger.AddFromNetwork(Host, 8, 0, _time.GetUtcNow() - (2 * Decay.FastTime)));
        Assert.Equal(8 / Math.Exp(2), ledger.ReadHost(Host, ledger.Now).Others, 0.001);
    }

    [Fact]
    public void What_many_threads_count_while_the_tables_grow_is_all_there()
    {
        const int Each = 20_000;
        var ledger = new Ledger(new CountingLimits(), _time);
        Parallel.For(0, 4, thread =>
        {
            foreach (var group in Enumerable.Range(0, Each).Chunk(Ledger.GroupSize))
            {
                var entries = Array.ConvertAll(group, i => new CountEntry(Host.Key + ((ulong)i << 16), 4));
                ledger.AddFromNetwork(LedgerTable.Hosts, entries, _time.GetUtcNow(), new BlockCounts[entries.Length]);
                ledger.AddOwn(entries[thread].Host, 1, ledger.Now);
                ledger.Read(entries[^1].Host, ledger.Now);
            }
        });
        Assert.Equal(Each, ledger.RowsIn(LedgerTable.Hosts));
        for (var i = 0; i < Each; i++)
        {
            Assert.Equal(4, ledger.ReadHost(new IpBlock(Host.Key + ((ulong)i << 16), BlockLevel.Host), ledger.Now).Others);
        }
    }

    [Fact]
    public void A_sweep_forgets_what_decayed_to_nothing()
    {
        var ledger = new Ledger(new CountingLimits(), _time);
        ledger.AddOwn(Host, 1, ledger.Now);
        _time.Advance(TimeSpan.FromHours(50));
        ledger.Sweep();
        Assert.Equal(3, ledger.Rows);
        _time.Advance(TimeSpan.FromHours(6));
        ledger.Sweep();
        Assert.Equal(0, ledger.Rows);
    }

    [Fact]
    public void A_flood_of_addresses_neither_grows_the_ledger_past_its_cap_nor_pushes_out_who_sends_much()
    {
        var ledger = new Ledger(new CountingLimits { MaxRows = 10_000 }, _time);
        ledger.AddOwn(Host, 40, ledger.Now);
        for (var i = 0; i < 200_000; i++)
        {
            ledger.AddOwn(new IpBlock(0x2001_0db8_0000_0000ul + (uint)i, BlockLevel.Host), 1, ledger.Now);
        }

        Assert.InRange(ledger.RowsIn(LedgerTable.Hosts), 9_000, 10_000 + (Ledger.ShardCount * BlockTable.Candidates));
        Assert.InRange(ledger.ReadHost(Host, ledger.Now).Own, 40, 40);
    }

    [Fact]
    public void A_sender_alone_in_its_part_of_a_full_ledger_is_not_pushed_out_by_a_newcomer_there()
    {
        var ledger = new Ledger(new CountingLimits { MaxRows = 10_000 }, _time);
        for (var i = 0; i < 11_000; i++)
        {
            ledger.AddOwn(new IpBlock(0x2001_0db8_0000_0000ul + (uint)i, BlockLevel.Host), 1, ledger.Now);
        }

        // Each in a region of its own, so that they fill all shards; the first of a shard meets nobody but a newcomer.
        var senders = Enumerable.Range(0, 2 * Ledger.ShardCount).Select(i => new IpBlock(0x2a00_0000_0000_0000ul + ((ulong)i << 16), BlockLevel.Host)).ToList();
        foreach (var sender in senders)
        {
            ledger.AddOwn(sender, 40, ledger.Now);
        }

        Assert.All(senders, s => Assert.InRange(ledger.ReadHost(s, ledger.Now).Own, 40, 40));
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_threads_count_at_once()
    {
        var ledger = new Ledger(new CountingLimits(), _time);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 20_000; i++)
            {
                ledger.AddOwn(Of($"10.0.{random.Next(256)}.{random.Next(4)}"), 1, ledger.Now);
                if (i % 1000 == 0)
                {
                    ledger.Sweep();
                }
            }
        }))).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(160_000, ledger.Read(Of("10.0.0.0"), ledger.Now).Ladder.Region.Own);
        var hosts = from third in Enumerable.Range(0, 256) from fourth in Enumerable.Range(0, 4) select Of($"10.0.{third}.{fourth}");
        Assert.Equal(160_000, hosts.Sum(h => ledger.ReadHost(h, ledger.Now).Own));
    }

    private static IpBlock Of(string address) => IpBlock.Of(IPAddress.Parse(address));

    private double Sum(IEnumerable<(DateTimeOffset When, double Units, bool Own)> events, TimeSpan timeConstant) =>
        events.Sum(e => e.Units * Math.Exp(-(_time.GetUtcNow() - e.When) / timeConstant));
}
