using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Batches;

/// <summary>
/// The sum of two entries of one key. Quarters cannot simply be added: an entry of a host has room for three patient retries, and a fourth
/// would read as a new attempt (see <see cref="Supplement"/>). What has no room goes to the host's supplement.
/// </summary>
public static class CountSum
{
    /// <summary>Adds quarters to those that are summed up for a key.</summary>
    /// <param name="key">The key of a host block, a quota or a supplement.</param>
    /// <param name="isBad">Bad recipients, which are plain units.</param>
    /// <param name="sum">The quarters so far; 0 if there are none.</param>
    /// <param name="quarters">The quarters to add.</param>
    /// <param name="further">Retries that have no room: quarters to add under <paramref name="supplement"/>; mostly 0.</param>
    /// <param name="supplement">The key of the host's supplement.</param>
    /// <returns>The quarters of the sum, at most <see cref="CountEntry.MaxQuarters"/>.</returns>
    public static uint Add(ulong key, bool isBad, uint sum, uint quarters, out uint further, out ulong supplement)
    {
        var block = new IpBlock(key, BlockLevel.Host);
        (further, supplement) = (0, block.Supplement.Key);
        if (isBad)
            return Math.Min(CountEntry.MaxQuarters, sum + quarters);
        if (block.IsSupplement)
        {
            var kept = Math.Min(Supplement.MaxRetries, (sum & Supplement.MaxRetries) + (quarters & Supplement.MaxRetries));
            var charge = Math.Min(CountEntry.MaxQuarters >> Supplement.ChargeShift, (sum >> Supplement.ChargeShift) + (quarters >> Supplement.ChargeShift));
            return Math.Min(CountEntry.MaxQuarters, (charge << Supplement.ChargeShift) | kept);
        }

        var retries = (sum % CountEntry.PerUnit) + (quarters % CountEntry.PerUnit);
        var fits = Math.Min(retries, CountEntry.PerUnit - 1);
        further = retries - fits;
        return Math.Min(CountEntry.MaxQuarters, sum - (sum % CountEntry.PerUnit) + quarters - (quarters % CountEntry.PerUnit) + fits);
    }
}
