using System.Buffers.Binary;
using System.Collections.Concurrent;
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
    private readonly Lock _lock = new();
    private volatile Silos _silos = new([], []);

    /// <summary>The live silos, as this node's membership says.</summary>
    public void SetLive(IEnumerable<SiloAddress> live)
    {
        lock (_lock)
        {
            _silos = new Silos([.. live], _silos.Leaving);
        }
    }

    /// <summary>A silo is about to stop, and hosts no shard any more.</summary>
    public void SetLeaving(SiloAddress silo)
    {
        lock (_lock)
        {
            _silos = new Silos(_silos.Live, _silos.Leaving.Add(silo));
        }
    }

    /// <summary>The live silo that should host a shard; null if there is none.</summary>
    public SiloAddress? OwnerOf(GrainId shard) => _silos.OwnerOf(shard);

    /// <summary>The silo that should host a shard; null if it is this one, or there is none.</summary>
    public SiloAddress? OwnerElsewhere(GrainId shard, SiloAddress here) => OwnerOf(shard) is { } owner && !owner.Equals(here) ? owner : null;

    /// <summary>Whether a live silo beside this one is there to stay, so that shards can move to it.</summary>
    public bool HasOther(SiloAddress here) => _silos is var silos && silos.Live.Any(s => !s.Equals(here) && !silos.Leaving.Contains(s));

    /// <summary>Which of these silos should host a grain; a leaving one only if there is no other.</summary>
    public SiloAddress? Owner(GrainId grain, IReadOnlyCollection<SiloAddress> silos) => Owner(grain, silos, _silos.Leaving);

    private static SiloAddress? Owner(GrainId grain, IReadOnlyCollection<SiloAddress> silos, ImmutableHashSet<SiloAddress> leaving)
    {
        var staying = silos.Where(s => !leaving.Contains(s)).ToList();
        return (staying.Count > 0 ? staying : silos).MaxBy(silo => Weight(grain, silo));
    }

    private static ulong Weight(GrainId grain, SiloAddress silo) => BinaryPrimitives.ReadUInt64LittleEndian(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{grain} {silo.Endpoint}")));

    // Every push asks for the owner of its shard, so the answers are kept until the silos change.
    private sealed class Silos(ImmutableArray<SiloAddress> live, ImmutableHashSet<SiloAddress> leaving)
    {
        private readonly ConcurrentDictionary<GrainId, SiloAddress?> _owners = new();

        public ImmutableArray<SiloAddress> Live => live;

        public ImmutableHashSet<SiloAddress> Leaving => leaving;

        public SiloAddress? OwnerOf(GrainId shard) => _owners.GetOrAdd(shard, grain => Owner(grain, live, leaving));
    }
}
