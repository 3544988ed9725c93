using ThrottleNet.Cluster;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Cluster.Wire;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The rows of the ledger that go with a copy of a shard.</summary>
internal static class CopyRows
{
    /// <summary>The giver's rows, less the counts that it has not read back: those come to the receiver through the log.</summary>
    public static ShardRows Give(CountingEngine engine, ShardCopy copy, int shard, int shards, long now)
    {
        bool IsWanted(ulong key) => ShardMap.ShardOf(key, shards) == shard;

        var rows = engine.ReadRows(IsWanted, now).ToDictionary(r => r.Key);
        foreach (var counts in copy.Unread)
        {
            Add(rows, counts, -1);
        }

        return new ShardRows(
            CopyWire.Encode(copy), RowsWire.Encode(rows.Values), MarksWire.Encode(engine.ReadMarks(IsWanted, now)), MarksWire.Encode(engine.ReadAreas(IsWanted, now)));
    }

    /// <summary>Raises the ledger to the giver's rows and what this node has counted and the giver lacks.</summary>
    public static void Take(CountingEngine engine, ShardRows given, IReadOnlyList<BatchCounts> lacking, long now)
    {
        var rows = new Dictionary<ulong, SnapshotRow>();
        foreach (var row in RowsWire.Decode(given.Rows))
        {
            rows[row.Key] = row;
        }

        foreach (var counts in lacking)
        {
            Add(rows, counts, 1);
        }

        var marks = new Dictionary<ulong, HostMark>();
        foreach (var mark in MarksWire.DecodeMarks(given.Marks))
        {
            marks[mark.Key] = mark;
        }

        engine.TakeCopy(rows.Values, marks, MarksWire.DecodeAreas(given.Areas), now);
    }

    private static void Add(Dictionary<ulong, SnapshotRow> rows, BatchCounts counts, int sign)
    {
        foreach (var entry in counts.Attempts)
        {
            var (key, units) = (Supplement.HostOf(entry).Key, sign * Supplement.Read(entry).HostUnits);
            var row = rows.GetValueOrDefault(key) with { Key = key };
            rows[key] = row with { AttemptsFast = Math.Max(0, row.AttemptsFast + units), AttemptsSlow = Math.Max(0, row.AttemptsSlow + units) };
        }

        foreach (var entry in counts.BadRecipients)
        {
            var (key, units) = (entry.Key, sign * entry.Units);
            var row = rows.GetValueOrDefault(key) with { Key = key };
            rows[key] = row with { BadFast = Math.Max(0, row.BadFast + units), BadSlow = Math.Max(0, row.BadSlow + units) };
        }
    }
}
