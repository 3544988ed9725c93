using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Gateways;

/// <summary>A count that is in a gateway's ledger, and in no batch that its exchange has.</summary>
/// <param name="Entry">The host block and its quarters; a host block may occur several times.</param>
/// <param name="IsBad">Bad recipients instead of attempts.</param>
public readonly record struct UnreportedCount(CountEntry Entry, bool IsBad)
{
    internal static IEnumerable<UnreportedCount> Of(BatchCounts counts) =>
        counts.Attempts.Select(e => new UnreportedCount(e, IsBad: false)).Concat(counts.BadRecipients.Select(e => new UnreportedCount(e, IsBad: true)));
}
