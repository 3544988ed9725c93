using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Tests;

public sealed class ClusterViewTests
{
    [Fact]
    public void Views_merge_to_the_same_in_any_order() =>
        Prop.ForAll(Rows().ListOf().ToArbitrary(), Rows().ListOf().ToArbitrary(), (left, right) =>
        {
            var (a, b) = (Of(left), Of(right));
            Assert.Equal(a.Merge(b).Members, b.Merge(a).Members);
            Assert.Equal(a.Merge(b).Members, Of(left.Concat(right).Reverse()).Members);
            Assert.Same(a, a.Merge(a));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_later_incarnation_supersedes_and_a_view_is_bounded()
    {
        var view = ClusterView.Empty.With(Row("a", 1, 9, MemberState.Left)).With(Row("a", 2, 1, MemberState.Live));
        Assert.Equal(MemberState.Live, view.Find("a")!.State);
        Assert.Same(view, view.With(Row("a", 1, 100, MemberState.Dead)));
        for (var i = 0; i < ClusterLimits.MaxMembers + 10; i++)
            view = view.With(Row($"n{i}", 1, 1, MemberState.Live));
        Assert.Equal(ClusterLimits.MaxMembers, view.Members.Count());
    }

    [Fact]
    public void A_full_view_forgets_first_who_left_then_the_dead_and_never_the_live()
    {
        ClusterMember Joined(string name, long started, MemberState state) => Row(name, 1, 1, state) with { Started = started };
        string Lacking(ClusterView view) => string.Join(' ', new[] { "live", "dead1", "dead2", "left1", "left2" }.Where(n => view.Find(n) is null));
        var view = ClusterView.Empty.With(Joined("live", 1, MemberState.Live))
            .With(Joined("dead1", 1, MemberState.Dead)).With(Joined("dead2", 2, MemberState.Dead)).With(Joined("left1", 3, MemberState.Left)).With(Joined("left2", 4, MemberState.Left));
        for (var i = 5; i < ClusterLimits.MaxMembers; i++)
            view = view.With(Joined($"n{i}", i, MemberState.Live));

        Assert.Same(view, view.With(Joined("earlier", 3, MemberState.Left)));
        foreach (var lacking in new[] { "left1", "left1 left2", "dead1 left1 left2", "dead1 dead2 left1 left2" })
        {
            view = view.With(Joined($"before {lacking}", 1, MemberState.Live));
            Assert.Equal(lacking, Lacking(view));
            Assert.Equal(ClusterLimits.MaxMembers, view.Members.Count());
        }

        Assert.Same(view, view.With(Joined("more", 2000, MemberState.Live)));
    }

    [Theory]
    [InlineData("oldest", true, true, true)]
    [InlineData("oldest", false, true, false)]
    [InlineData("oldest", false, false, true)]
    [InlineData("youngest", true, true, false)]
    [InlineData("youngest", false, true, true)]
    [InlineData("youngest", false, false, false)]
    public void The_oldest_linked_gateway_speaks(string self, bool oldestIsLinked, bool youngestIsLinked, bool speaks)
    {
        var view = ClusterView.Empty.With(Gateway("oldest", 1)).With(Gateway("youngest", 2));

        Assert.Equal(speaks, Speaker.Speaks(view, new NodeId(self, 1), self == "oldest" ? 1 : 2, id => id.Name == "oldest" ? oldestIsLinked : youngestIsLinked));
    }

    private static ClusterMember Gateway(string name, long started) => new(new NodeId(name, 1), 1, MemberState.Live, true, started);

    private static ClusterMember Row(string name, ulong incarnation, ulong version, MemberState state) =>
        new(new NodeId(name, incarnation), version, state, false, 0);

    private static ClusterView Of(IEnumerable<ClusterMember> rows) => rows.Aggregate(ClusterView.Empty, (view, row) => view.With(row));

    private static Gen<ClusterMember> Rows() =>
        from name in Gen.Elements("a", "b", "c")
        from incarnation in Gen.Choose(1, 2)
        from version in Gen.Choose(1, 3)
        from state in Gen.Elements(Enum.GetValues<MemberState>())
        select Row(name, (ulong)incarnation, (ulong)version, state);
}
