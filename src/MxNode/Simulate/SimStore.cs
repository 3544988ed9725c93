using ThrottleNet.Counting;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>What a simulated node has on its disk: the rows of <see cref="LedgerSnapshot"/>, and what they are made of, of the same moment.</summary>
internal sealed class SimStore
{
    private readonly List<(LedgerTable Table, BlockRow Row)> _rows = [];
    private readonly byte[] _holdings = [];

    public SimStore()
    {
    }

    public SimStore(Ledger ledger, IReadOnlyList<AppliedRange> holdings)
    {
        _holdings = StoredRanges.Write(holdings);
        BlockRow[] buffer = [];
        for (var shard = 0; shard < Ledger.ShardCount; shard++)
        {
            foreach (var table in Enum.GetValues<LedgerTable>())
            {
                var count = ledger.CopyRows(shard, table, ref buffer);
                foreach (var row in buffer.AsSpan(0, count))
                {
                    _rows.Add((table, row));
                }
            }
        }
    }

    public IReadOnlyList<AppliedRange> AppliedRanges => StoredRanges.Read(_holdings);

    public void Restore(Ledger ledger)
    {
        foreach (var (table, row) in _rows)
        {
            ledger.Restore(table, row);
        }
    }
}
