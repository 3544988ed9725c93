using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// Which silo hosts a shard: by rendezvous hashing over the live silos, so that all silos choose alike, and a silo that comes or goes moves
/// only its own share. Thread-safe.
/// </summary>
internal sealed class ShardOwners
{
    private ImmutableArray<SiloAddress> _live = [];
    private ImmutableHashSet<SiloAddress> _leaving = [];

    private int _hosted;
    private int _entries;

    /// <summary>Shards that this node hosts.</summary>
    public int Hosted => Volatile.Read(ref _hosted);

    /// <summary>Entries in the logs of those shards.</summary>
    public int Entries => Volatile.Read(ref _entries);

    /// <summary>The logs of the shards here have become longer or shorter.</summary>
    public void CountEntries(int change) => Interlocked.Add(ref _entries, change);

    /// <summary>A shard was activated here, or deactivated.</summary>
    public void CountHosted(int change) => Interlocked.Add(ref _hosted, change);

    /// <summary>The live silos, as this node's membership says.</summary>
    public void SetLive(IEnumerable<SiloAddress> live) => ImmutableInterlocked.InterlockedExchange(ref _live, [.. live]);

    /// <summary>A silo is about to stop, and hosts no shard any more.</summary>
    public void SetLeaving(SiloAddress silo) => ImmutableInterlocked.Update(ref _leaving, leaving => leaving.Add(silo));

    /// <summary>The silo that should host a grain; null if it is this one, or there is none.</summary>
    public SiloAddress? OwnerElsewhere(GrainId grain, SiloAddress here) => Owner(grain, _live) is { } owner && !owner.Equals(here) ? owner : null;

    /// <summary>The silo that should host a grain; a leaving one only if there is no other.</summary>
    public SiloAddress? Owner(GrainId grain, IReadOnlyCollection<SiloAddress> silos)
    {
        var staying = silos.Where(s => !_leaving.Contains(s)).ToList();
        return (staying.Count > 0 ? staying : silos).MaxBy(silo => Weight(grain, silo));
    }

    private static ulong Weight(GrainId grain, SiloAddress silo) => BinaryPrimitives.ReadUInt64LittleEndian(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{grain} {silo.Endpoint}")));
}
