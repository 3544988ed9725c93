using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>
/// The shards of a ledger, and in which of them a block is. A shard holds whole regions and grows by itself, so that no decision waits for more than
/// one table's growth.
/// </summary>
internal sealed class LedgerShards
{
    // Enough that threads seldom meet and growth is short; few enough that an idle ledger costs little. A small ledger has fewer.
    private const int ManyBits = 8;
    private const int FewBits = 4;
    private const int FewRows = 1 << 17;

    private readonly ulong _salt = Secret.OddWord();
    private readonly int _bits;
    private readonly RowBudget[] _budgets;
    private readonly LedgerShard[] _shards;

    /// <param name="maxRows">Rows in each table, over all shards.</param>
    /// <param name="reports">Blocks and cells of reports by operator, over all shards.</param>
    public LedgerShards(LedgerRules rules, int maxRows, RowBudget reports)
    {
        _bits = maxRows < FewRows ? FewBits : ManyBits;
        _budgets = [.. Enum.GetValues<LedgerTable>().Select(_ => new RowBudget(maxRows))];
        _shards = [.. Enumerable.Range(0, Count).Select(_ => new LedgerShard(rules, _budgets, reports))];
    }

    public int Count => 1 << _bits;

    /// <summary>Turns keys into those of the rows, and back.</summary>
    public KeyScrambler Scrambler { get; } = new();

    /// <summary>Rows in all tables.</summary>
    public int Rows => _budgets.Sum(b => b.Rows);

    /// <summary>One of <see cref="Count"/> shards.</summary>
    public LedgerShard this[int index] => _shards[index];

    /// <summary>The shard of a block.</summary>
    public LedgerShard Of(IpBlock block) => Of(Scrambler.Scramble(block.Region.Key));

    /// <summary>The place of a ladder, whose rows the processor starts to fetch into its cache.</summary>
    public LadderPlace Fetch(in LadderKeys keys)
    {
        var shard = Of(keys.Region);
        shard.Prefetch(keys);
        return new LadderPlace(shard, keys);
    }

    private LedgerShard Of(ulong regionKey) => _shards[(int)((regionKey * _salt) >> (64 - _bits))];
}
