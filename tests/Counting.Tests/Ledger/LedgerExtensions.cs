using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

internal static class LedgerExtensions
{
    /// <summary>Adds what another node saw of one host; false if it was dropped.</summary>
    /// <param name="units">Attempts, in quarters.</param>
    /// <param name="badRecipients">Likewise.</param>
    public static bool AddFromNetwork(this Ledger ledger, IpBlock host, double units, double badRecipients, DateTimeOffset when) =>
        ledger.AddFromNetwork(LedgerTable.Hosts, Entries(host, units), when, new BlockCounts[1])
        & ledger.AddFromNetwork(LedgerTable.BadRecipients, Entries(host, badRecipients), when, new BlockCounts[1]);

    private static CountEntry[] Entries(IpBlock host, double units) =>
        units > 0 ? [new CountEntry(host.Key, (uint)(units * CountEntry.PerUnit))] : [];
}
