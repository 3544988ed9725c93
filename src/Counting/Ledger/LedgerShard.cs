namespace ThrottleNet.Counting;

/// <summary>
/// A part of the ledger behind one lock: whole regions, with their sites and hosts, so that a decision takes one lock
/// for all levels. Not thread-safe: the tables need <see cref="Gate"/> to be held.
/// </summary>
internal sealed class LedgerShard
{
    private readonly BlockTable[] _tables;

    public LedgerShard(IEnumerable<RowBudget> budgets)
    {
        _tables = [.. budgets.Select(b => new BlockTable(b))];
        Hosts = this[LedgerTable.Hosts];
        Sites = this[LedgerTable.Sites];
        Regions = this[LedgerTable.Regions];
        BadRecipients = this[LedgerTable.BadRecipients];
    }

    public Lock Gate { get; } = new();

    public BlockTable Hosts { get; }

    public BlockTable Sites { get; }

    public BlockTable Regions { get; }

    public BlockTable BadRecipients { get; }

    /// <summary>Has the processor fetch the rows of a ladder, all at the same time: in a big ledger each is a wait for memory. Needs no lock.</summary>
    public void Prefetch(in LadderKeys keys)
    {
        Hosts.Prefetch(keys.Host);
        Sites.Prefetch(keys.Site);
        Regions.Prefetch(keys.Region);
    }

    public BlockTable this[LedgerTable table] => _tables[(int)table];
}
