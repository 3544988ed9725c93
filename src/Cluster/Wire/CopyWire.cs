using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Wire;

/// <summary>A copy of a shard as octets. The nodes of a cluster run one version, or two during an upgrade; the first octet says which.</summary>
public static class CopyWire
{
    private const byte Version = 1;

    public static byte[] Encode(ShardCopy copy)
    {
        var writer = new WireWriter();
        var state = copy.State;
        writer.Byte(Version);
        writer.Generation(state.Generation);
        writer.Signed(state.Cursor);
        writer.Flag(state.Settled);
        writer.Flag(state.Alone);
        writer.Signed(state.Reported);
        writer.Signed(state.Unreported.Since);
        var unreported = state.Unreported.All().ToList();
        writer.Count(unreported.Count);
        foreach (var count in unreported)
        {
            writer.Fixed(count.Key);
            writer.Flag(count.Bad);
            writer.Number(count.Quarters);
        }

        writer.Count(state.Resent.Count);
        foreach (var (arrival, entry) in state.Resent)
        {
            writer.Signed(arrival);
            writer.Entry(entry);
        }

        writer.Marks(copy.Marks);
        writer.Count(copy.Tail.Length);
        foreach (var (entry, arrival, position) in copy.Tail)
        {
            writer.Entry(entry);
            writer.Signed(arrival);
            writer.Flag(position is not null);
            writer.Signed(position ?? 0);
        }

        writer.Count(copy.Unread.Length);
        foreach (var counts in copy.Unread)
            writer.Counts(counts);
        writer.Forgets([.. copy.Reached.Select(r => new ForgottenMark(r.Key, r.Value))]);
        writer.Forgets(copy.Forgotten);
        return writer.ToArray();
    }

    /// <exception cref="InvalidDataException">The octets are not what <see cref="Encode"/> writes.</exception>
    public static ShardCopy Decode(ReadOnlySpan<byte> octets)
    {
        var reader = new WireReader(octets);
        if (reader.Byte() is var version && version != Version)
            throw new InvalidDataException($"a copy of version {version}, not {Version}");
        var state = State(ref reader);
        var marks = reader.Marks();
        var tail = ImmutableArray.CreateBuilder<TailEntry>();
        for (var left = reader.Count(2 * ClusterLimits.MaxLog); left > 0; left--)
        {
            var (entry, arrival, isPlaced, position) = (reader.Entry(), reader.Signed(), reader.Flag(), reader.Signed());
            tail.Add(new TailEntry(entry, arrival, isPlaced ? position : null));
        }

        var unread = ImmutableArray.CreateBuilder<BatchCounts>();
        for (var left = reader.Count(2 * ClusterLimits.MaxLog); left > 0; left--)
            unread.Add(reader.Counts());
        var reached = ImmutableDictionary<Generation, long>.Empty.SetItems(reader.Forgets().Select(m => KeyValuePair.Create(m.Generation, m.Below)));
        return new ShardCopy(state, marks, tail.ToImmutable(), unread.ToImmutable(), reached, reader.Forgets());
    }

    private static GenerationState State(ref WireReader reader)
    {
        var (generation, cursor, settled, alone, reported, since) =
            (reader.Generation(), reader.Signed(), reader.Flag(), reader.Flag(), reader.Signed(), reader.Signed());
        var unreported = new Unreported();
        for (var left = reader.Count(2 * ClusterLimits.MaxUnreported); left > 0; left--)
            unreported.Restore(reader.Fixed(), reader.Flag(), (uint)reader.Number(), since);
        var state = new GenerationState(generation) { Cursor = cursor, Settled = settled, Alone = alone, Reported = reported, Unreported = unreported };
        for (var left = reader.Count(2 * ClusterLimits.MaxLog); left > 0; left--)
        {
            var arrival = reader.Signed();
            state.Resent.Add((arrival, reader.Entry() as CountsEntry ?? throw new InvalidDataException("a resent entry has no counts")));
        }

        return state;
    }
}
