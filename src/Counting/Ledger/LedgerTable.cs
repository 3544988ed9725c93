namespace ThrottleNet.Counting;

/// <summary>What the ledger counts. The numbers are those of the snapshot.</summary>
internal enum LedgerTable
{
    Hosts,
    Sites,
    Regions,

    /// <summary>Recipients that do not exist, per host.</summary>
    BadRecipients,
}
