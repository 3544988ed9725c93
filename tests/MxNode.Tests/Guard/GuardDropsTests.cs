using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster.News;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Guard;

public sealed class GuardDropsTests
{
    private static readonly IPAddress Host = IPAddress.Parse("192.0.2.7");
    private static readonly IpBlock Block = IpBlock.Of(Host);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void An_unblocked_host_is_let_in_gets_its_courtesies_anew_and_is_not_refused()
    {
        var (table, courtesies, throttle) = (NewTable(), new CourtesyBook(1, TimeSpan.Zero, _time), NodeDrops.ThrottleOf(_time));
        var drops = NodeDrops.Of(_time, table, courtesies, throttle: throttle);
        Assert.Equal(new UnblockedHost(Block, WasDropped: false, WasRefused: false), drops.Unblock(Host));
        courtesies.TryGrant(Block, "a");
        Assert.False(courtesies.TryGrant(Block, "b"));
        drops.Drop(Host);
        Assert.Equal(1, drops.Count);
        Overload(throttle);
        Assert.Equal(new UnblockedHost(Block, WasDropped: true, WasRefused: true), drops.Unblock(Host));
        Assert.Equal(0, drops.Count);
        Assert.True(courtesies.TryGrant(Block, "c"));
        Assert.False(throttle.IsRefusedAtConnect(Block, out _));
        var attempt = throttle.Register(Block, null, new Mailbox("ann", "example.org"));
        Assert.True(throttle.Judge(attempt).Passes);
    }

    [Fact]
    public void A_host_that_was_let_in_can_be_dropped_again()
    {
        var drops = NodeDrops.Of(_time, NewTable());
        drops.Drop(Host);
        drops.Unblock(Host);
        drops.Drop(Host);
        Assert.Equal(1, drops.Count);
    }

    [Fact]
    public void A_drop_of_one_guard_is_taken_by_the_others_and_an_unblock_takes_it_back_everywhere()
    {
        var nodes = Enumerable.Range(0, 3).Select(_ => (News: new NewsBuffer<DropNotice>(10), Table: NewTable())).ToList();
        var drops = nodes.ConvertAll(n => NodeDrops.Of(_time, n.Table, news: n.News));
        drops[0].Drop(Host);
        Share();
        Assert.All(nodes, n => Assert.Equal(Host, Assert.Single(n.Table.Hosts()).Address));
        drops[2].Unblock(Host);
        Share();
        Assert.All(nodes, n => Assert.Empty(n.Table.Hosts()));

        void Share()
        {
            foreach (var (from, notice) in nodes.SelectMany((n, i) => n.News.TakeAll().Select(notice => (i, notice))).ToList())
            {
                foreach (var (to, node) in drops.Index().Where(d => d.Index != from))
                {
                    node.Take(notice);
                }
            }
        }
    }

    [Fact]
    public void A_drop_that_arrives_after_the_later_unblock_has_no_effect()
    {
        var news = new NewsBuffer<DropNotice>(10);
        var first = NodeDrops.Of(_time, NewTable(), news: news);
        var table = NewTable();
        var second = NodeDrops.Of(_time, table);
        first.Drop(Host);
        first.Unblock(Host); // at the same moment by the clock
        foreach (var notice in news.TakeAll().Reverse())
        {
            second.Take(notice);
        }

        Assert.Empty(table.Hosts());
    }

    [Fact]
    public void A_node_that_joins_takes_over_all_decisions_also_those_that_a_restart_restored()
    {
        var table = NewTable();
        table.Restore(new DroppedHost(Host, _time.GetUtcNow() + TimeSpan.FromMinutes(10)));
        var old = NodeDrops.Of(_time, table);
        old.Drop(IPAddress.Parse("192.0.2.8"));
        var joined = NewTable();
        var drops = NodeDrops.Of(_time, joined);
        foreach (var notice in old.ReadAll())
        {
            drops.Take(notice);
        }

        Assert.Equal(table.Hosts().OrderBy(h => $"{h.Address}"), joined.Hosts().OrderBy(h => $"{h.Address}"));
    }

    [Fact]
    public void A_host_stored_before_a_restart_is_let_in_if_it_was_unblocked_elsewhere_meanwhile()
    {
        var table = NewTable();
        var dropped = new DroppedHost(Host, _time.GetUtcNow() + new GuardOptions().DropTime);
        _time.Advance(TimeSpan.FromMinutes(1));
        var elsewhere = NodeDrops.Of(_time);
        elsewhere.Unblock(Host);
        table.Restore(dropped);
        var drops = NodeDrops.Of(_time, table);
        foreach (var notice in elsewhere.ReadAll())
        {
            drops.Take(notice);
        }

        Assert.Empty(table.Hosts());
    }

    [Theory]
    [InlineData("no address", 1, 1)]
    [InlineData("192.0.2.7", long.MinValue, long.MinValue)]
    [InlineData("192.0.2.7", long.MaxValue - 1, long.MaxValue)]
    public void A_notice_that_no_node_sends_does_no_harm(string address, long at, long until)
    {
        var table = NewTable();
        var drops = NodeDrops.Of(_time, table);
        drops.Take(new DropNotice(address, at, until, Forgives: false));
        drops.Drop(IPAddress.Parse("192.0.2.8"));
        drops.Unblock(Host);
        Assert.Equal(IPAddress.Parse("192.0.2.8"), Assert.Single(table.Hosts()).Address);
    }

    [Fact]
    public void Of_a_flood_of_hosts_the_latest_are_remembered()
    {
        var drops = NodeDrops.Of(_time);
        for (var i = 0; i <= DropTable.Capacity; i++)
        {
            drops.Take(new DropNotice($"{new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i])}", _time.GetUtcNow().ToUnixTimeMilliseconds(), 0, Forgives: false));
        }

        Assert.Equal(DropTable.Capacity, drops.ReadAll().Count);
        _time.Advance(new GuardOptions().DropTime + TimeSpan.FromSeconds(1));
        Assert.Empty(drops.ReadAll());
    }

    private DropTable NewTable() => new(new GuardOptions(), new TrustedBlocks(new TrustBook(_time)), _time);

    private static void Overload(NodeThrottle throttle)
    {
        for (var i = 0; i < 60; i++)
        {
            throttle.Judge(throttle.Register(Block, null, new Mailbox($"user{i}", "example.org")));
        }
    }
}
