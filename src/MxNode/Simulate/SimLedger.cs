using System.Runtime.InteropServices;
using ThrottleNet.Protocol.Counts;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>One simulated node's counts: own and others' attempts of host blocks, forward-decayed. The least that a node's ledger does.</summary>
internal sealed class SimLedger
{
    private readonly Dictionary<ulong, Row> _rows = [];

    public IReadOnlyCollection<ulong> Keys => _rows.Keys;

    public void AddOwn(ulong key, double units, long time) => RowAt(key, time).AddOwn(units, time);

    public void AddOthers(ulong key, double units, long time) => RowAt(key, time).AddOthers(units, time);

    /// <summary>Own and others' units, decayed to <paramref name="now"/>.</summary>
    public (BlockCount Own, BlockCount Others) Read(ulong key, long now)
    {
        if (!_rows.TryGetValue(key, out var row))
            return default;
        row.DecayTo(now);
        return (row.Own, row.Others);
    }

    public IReadOnlyList<SnapshotRow> Hottest(int count, long now)
    {
        var rows = new List<SnapshotRow>(_rows.Count);
        foreach (var key in _rows.Keys)
        {
            var (own, others) = Read(key, now);
            rows.Add(new SnapshotRow(key, own.Fast + others.Fast, own.Slow + others.Slow, 0, 0));
        }

        rows.Sort((a, b) => b.AttemptsFast.CompareTo(a.AttemptsFast));
        return rows.Count > count ? rows[..count] : rows;
    }

    /// <summary>Raises rows to a snapshot's; what they gain counts as the others'.</summary>
    public void Raise(IReadOnlyList<SnapshotRow> rows, long now)
    {
        foreach (var theirs in rows)
        {
            ref var row = ref RowAt(theirs.Key, now);
            row.DecayTo(now);
            row.Others = new BlockCount(
                Math.Max(row.Others.Fast, theirs.AttemptsFast - row.Own.Fast),
                Math.Max(row.Others.Slow, theirs.AttemptsSlow - row.Own.Slow));
        }
    }

    public SimLedger Clone()
    {
        var clone = new SimLedger();
        foreach (var (key, row) in _rows)
            clone._rows.Add(key, row);
        return clone;
    }

    private ref Row RowAt(ulong key, long time)
    {
        ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, key, out var known);
        if (!known)
            row.Stamp = time;
        return ref row;
    }

    private struct Row
    {
        public long Stamp;
        public BlockCount Own;
        public BlockCount Others;

        public void AddOwn(double units, long time)
        {
            DecayTo(time);
            Own = Plus(Own, units, Stamp - time);
        }

        public void AddOthers(double units, long time)
        {
            DecayTo(time);
            Others = Plus(Others, units, Stamp - time);
        }

        public void DecayTo(long time)
        {
            if (time <= Stamp)
                return;
            var fast = Decay.Factor(time - Stamp, Decay.Fast);
            var slow = Decay.Factor(time - Stamp, Decay.Slow);
            Own = new BlockCount(Own.Fast * fast, Own.Slow * slow);
            Others = new BlockCount(Others.Fast * fast, Others.Slow * slow);
            Stamp = time;
        }

        private static BlockCount Plus(BlockCount count, double units, long age) =>
            new(count.Fast + (units * Decay.Factor(age, Decay.Fast)), count.Slow + (units * Decay.Factor(age, Decay.Slow)));
    }
}
