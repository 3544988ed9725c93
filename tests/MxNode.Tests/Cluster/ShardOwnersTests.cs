using System.Net;
using Orleans.Runtime;
using ThrottleNet.MxNode.Cluster;

namespace ThrottleNet.MxNode.Tests.Cluster;

public sealed class ShardOwnersTests
{
    private static readonly SiloAddress[] Silos = [.. Enumerable.Range(1, 4).Select(i => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 9000 + i), 1))];
    private static readonly GrainId[] Shards = [.. Enumerable.Range(0, 256).Select(i => GrainId.Create("shard", i.ToString("x", null)))];

    private readonly ShardOwners _owners = new();

    [Fact]
    public void Every_node_chooses_alike_whatever_the_order_of_its_list()
    {
        var other = new ShardOwners();
        _owners.SetLive(Silos);
        other.SetLive(Silos.Reverse());
        Assert.Equal(Owners(_owners), Owners(other));
        Assert.Equal(Silos.ToHashSet(), Owners(_owners).OfType<SiloAddress>().ToHashSet());
    }

    [Fact]
    public void A_silo_that_joins_or_dies_moves_only_its_own_share()
    {
        _owners.SetLive(Silos[..3]);
        var before = Owners(_owners);
        _owners.SetLive(Silos);
        var after = Owners(_owners);
        Assert.All(before.Zip(after).Where(p => p.First != p.Second), p => Assert.Equal(Silos[3], p.Second));
        Assert.InRange(after.Count(o => o == Silos[3]), 32, 96);
        _owners.SetLive(Silos[..3]);
        Assert.Equal(before, Owners(_owners));
    }

    [Fact]
    public void A_silo_that_leaves_owns_nothing_while_there_is_another_one()
    {
        _owners.SetLive(Silos[..2]);
        _owners.SetLeaving(Silos[0]);
        Assert.All(Owners(_owners), o => Assert.Equal(Silos[1], o));
        Assert.Null(_owners.OwnerElsewhere(Shards[0], Silos[1]));
        _owners.SetLive(Silos[..1]);
        Assert.All(Owners(_owners), o => Assert.Equal(Silos[0], o));
    }

    [Fact]
    public void Shards_have_a_place_to_move_to_only_while_another_silo_stays()
    {
        _owners.SetLive(Silos[..2]);
        _owners.SetLeaving(Silos[0]);
        Assert.True(_owners.HasOther(Silos[0]));
        Assert.False(_owners.HasOther(Silos[1]));
        _owners.SetLeaving(Silos[1]);
        Assert.False(_owners.HasOther(Silos[0]));
    }

    [Fact]
    public void Without_a_live_silo_there_is_no_owner() => Assert.Null(_owners.OwnerOf(Shards[0]));

    private static List<SiloAddress?> Owners(ShardOwners owners) => [.. Shards.Select(owners.OwnerOf)];
}
