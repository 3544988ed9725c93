namespace ThrottleNet.Counting;

/// <summary>
/// A part of the ledger behind one lock: whole regions, with their sites and hosts, so that a decision takes one lock
/// for all levels. Not thread-safe: callers hold <see cref="Gate"/>.
/// </summary>
internal sealed class LedgerShard
{
    public LedgerShard(LedgerRules rules, IReadOnlyList<RowBudget> budgets, RowBudget reports)
    {
        Hosts = new HostTable(rules, budgets[(int)LedgerTable.Hosts], LedgerTable.Hosts, reports);
        BadRecipients = new HostTable(rules, budgets[(int)LedgerTable.BadRecipients], LedgerTable.BadRecipients, reports);
        Sites = new AreaTable(rules, budgets[(int)LedgerTable.Sites], LedgerTable.Sites, reports);
        Regions = new AreaTable(rules, budgets[(int)LedgerTable.Regions], LedgerTable.Regions, reports);
    }

    public Lock Gate { get; } = new();

    public HostTable Hosts { get; }

    public HostTable BadRecipients { get; }

    public AreaTable Sites { get; }

    public AreaTable Regions { get; }

    /// <summary>The attempts or the bad recipients of hosts.</summary>
    public HostTable HostsOf(LedgerTable table) => table == LedgerTable.BadRecipients ? BadRecipients : Hosts;

    /// <summary>The sites or the regions.</summary>
    public AreaTable AreasOf(LedgerTable table) => table == LedgerTable.Sites ? Sites : Regions;

    /// <summary>Starts to fetch the rows of a ladder into the processor's cache, all at the same time: in a big ledger each is a wait for memory. Needs no lock.</summary>
    public void Prefetch(in LadderKeys keys)
    {
        Hosts.Prefetch(keys.Host);
        Sites.Prefetch(keys.Site);
        Regions.Prefetch(keys.Region);
    }

    /// <summary>Starts to fetch the reports about the three blocks, if there are any; <see cref="Prefetch"/> comes first. Needs no lock.</summary>
    public void PrefetchReports(in LadderKeys keys)
    {
        Hosts.PrefetchReports(keys.Host);
        Sites.PrefetchReports(keys.Site);
        Regions.PrefetchReports(keys.Region);
    }
}
