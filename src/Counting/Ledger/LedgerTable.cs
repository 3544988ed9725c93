namespace ThrottleNet.Counting;

/// <summary>What the ledger counts. The numbers are those of the stored snapshot.</summary>
public enum LedgerTable
{
    Hosts,
    Sites,
    Regions,

    /// <summary>Recipients that do not exist, by host; under supplement keys, messages that content filters refused.</summary>
    BadRecipients,
}
