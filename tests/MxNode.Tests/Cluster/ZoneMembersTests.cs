using ThrottleNet.Cluster;
using ThrottleNet.MxNode.Cluster.Zone;

namespace ThrottleNet.MxNode.Tests.Cluster;

public sealed class ZoneMembersTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly ZoneMembers _members;

    public ZoneMembersTests() => _members = new ZoneMembers("a", _time);

    [Fact]
    public void A_node_enters_when_it_is_ready()
    {
        Assert.Equal("a", Names([Card("a"), Card("b", isReady: false)], "a", "b"));
        Assert.Equal("a b", Names([Card("a"), Card("b")], "a", "b"));
    }

    [Fact]
    public void A_node_that_dies_leaves_within_seconds_and_one_that_stops_at_once()
    {
        Assert.Equal("a b c", Names([Card("a"), Card("b"), Card("c")], "a", "b", "c"));
        Assert.Equal("a b", Names([Card("a"), Card("b"), Card("c", isReady: false)], "a", "b", "c"));
        Assert.Equal("a b", Names([Card("a"), Card("b")], "a"));
        _time.Advance(ZoneMembers.Grace);
        Assert.Equal("a", Names([Card("a"), Card("b")], "a"));
        Assert.Equal("a b", Names([Card("a"), Card("b")], "a", "b"));
    }

    [Fact]
    public void A_node_that_was_wrongly_declared_dead_stays()
    {
        Names([Card("a"), Card("b")], "a", "b");
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(2 * Second);
            Assert.Equal("a b", Names([Card("a"), Card("b")], "a"));
            _time.Advance(Second);
            Assert.Equal("a b", Names([Card("a"), Card("b")], "a", "b"));
        }
    }

    [Fact]
    public void Where_most_nodes_are_lost_at_once_this_one_may_be_cut_off_and_they_stay_for_longer()
    {
        NodeCard[] cards = [Card("a"), Card("b"), Card("c"), Card("d")];
        Names(cards, "a", "b", "c", "d");
        Names(cards, "a", "d");
        _time.Advance(ZoneMembers.Grace);
        Assert.Equal("a b c d", Names(cards, "a", "d"));
        _time.Advance(ZoneMembers.LongGrace);
        Assert.Equal("a d", Names(cards, "a", "d"));
    }

    [Fact]
    public void The_last_nodes_never_leave()
    {
        var members = new ZoneMembers("z", _time); // takes no mail itself
        string NamesOf(params string[] live) => string.Join(' ', members.Update([Card("b")], live.ToHashSet()).Select(c => c.Node));
        Assert.Equal("", NamesOf("z"));
        Assert.Equal("b", NamesOf("z", "b"));
        _time.Advance(ZoneMembers.LongGrace);
        NamesOf("z");
        _time.Advance(ZoneMembers.LongGrace);
        Assert.Equal("b", NamesOf("z"));
        Assert.Equal("b", string.Join(' ', members.Update([], new HashSet<string> { "z" }).Select(c => c.Node)));
    }

    [Fact]
    public void A_card_with_hostile_texts_has_no_hosts_and_the_later_card_of_a_node_wins()
    {
        var book = new CardBook();
        book.Take(Card("b") with { At = 5, Addresses = ["nonsense", "192.0.2.1"], Names = ["bad name", "B.example.NET"] });
        book.Take(Card("b") with { At = 4 });
        var hosts = Assert.Single(book.ReadAll()).Hosts;
        Assert.Equal("192.0.2.1", Assert.Single(hosts.Addresses).ToString());
        Assert.Equal("b.example.net", Assert.Single(hosts.Names));
        book.Take(Card("b") with { Incarnation = 2 });
        Assert.Equal(2u, Assert.Single(book.ReadAll()).Incarnation);
    }

    [Fact]
    public void A_full_book_drops_the_card_of_the_node_that_was_silent_longest()
    {
        var book = new CardBook();
        for (var at = 1; at <= ClusterLimits.MaxMembers; at++)
        {
            book.Take(Card($"n{at}") with { At = at });
        }

        book.Take(Card("n1") with { At = ClusterLimits.MaxMembers + 1 });
        book.Take(Card("new") with { At = ClusterLimits.MaxMembers + 2 });
        var names = book.ReadAll().Select(c => c.Node).ToHashSet();
        Assert.Equal(ClusterLimits.MaxMembers, names.Count);
        Assert.Superset(new HashSet<string> { "n1", "n3", "new" }, names);
        Assert.DoesNotContain("n2", names);
    }

    [Fact]
    public void A_card_is_said_when_it_changes_and_again_after_an_interval()
    {
        var card = Card("b");
        Assert.True(card.IsNewsAfter(null));
        Assert.True((card with { IsReady = false }).IsNewsAfter(card));
        Assert.False((card with { At = card.At + (long)NodeCard.RepeatInterval.TotalMilliseconds - 1 }).IsNewsAfter(card));
        Assert.True((card with { At = card.At + (long)NodeCard.RepeatInterval.TotalMilliseconds }).IsNewsAfter(card));
    }

    private static NodeCard Card(string node, bool isReady = true) => new(node, 1, 1, isReady, LeftName: false, ["192.0.2.1"], [], []);

    private string Names(IReadOnlyList<NodeCard> cards, params string[] live) =>
        string.Join(' ', _members.Update(cards, live.ToHashSet()).Select(c => c.Node));
}
