using ThrottleNet.Cluster.Gateways;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The rows of a snapshot for another operator's node.</summary>
internal static class SnapshotRows
{
    /// <summary>
    /// Rows without counts that their reader gets in later batches. The counts are seconds old and are not decayed, so the rows are rather too low
    /// than too high.
    /// </summary>
    public static IReadOnlyList<SnapshotRow> Without(IReadOnlyList<SnapshotRow> rows, IEnumerable<UnreportedCount> unreported)
    {
        var attempts = new Dictionary<ulong, double>();
        var bad = new Dictionary<ulong, double>();
        foreach (var (entry, isBad) in unreported)
        {
            var (sums, key, units) = isBad ? (bad, entry.Key, entry.Units) : (attempts, Supplement.HostOf(entry).Key, Supplement.Read(entry).HostUnits);
            sums[key] = sums.GetValueOrDefault(key) + units;
        }

        return [.. rows.Select(row => row with
        {
            AttemptsFast = Less(row.AttemptsFast, attempts, row.Key),
            AttemptsSlow = Less(row.AttemptsSlow, attempts, row.Key),
            AttemptsEvident = Less(row.AttemptsEvident, attempts, row.Key),
            BadFast = Less(row.BadFast, bad, row.Key),
            BadSlow = Less(row.BadSlow, bad, row.Key),
            BadEvident = Less(row.BadEvident, bad, row.Key),
        })];
    }

    private static double Less(double count, Dictionary<ulong, double> sums, ulong key) => Math.Max(0, count - sums.GetValueOrDefault(key));
}
