namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// A part of the ledger behind one lock: whole regions, with their sites and hosts, so that a decision takes one lock
/// for all levels. Not thread-safe: the tables need <see cref="Gate"/> to be held.
/// </summary>
internal sealed class LedgerShard(IReadOnlyList<RowBudget> budgets)
{
    private readonly BlockTable[] _tables = [.. budgets.Select(b => new BlockTable(b))];

    public Lock Gate { get; } = new();

    public BlockTable Hosts => _tables[(int)LedgerTable.Hosts];

    public BlockTable Sites => _tables[(int)LedgerTable.Sites];

    public BlockTable Regions => _tables[(int)LedgerTable.Regions];

    public BlockTable BadRecipients => _tables[(int)LedgerTable.BadRecipients];

    public BlockTable this[LedgerTable table] => _tables[(int)table];
}

/// <summary>What the ledger counts, in the order of a snapshot.</summary>
internal enum LedgerTable
{
    Hosts,
    Sites,
    Regions,

    /// <summary>Recipients that do not exist, per host.</summary>
    BadRecipients,
}
