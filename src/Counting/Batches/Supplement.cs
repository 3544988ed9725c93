using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Batches;

/// <summary>
/// What an entry of a batch says of a host. Under the host's own key, of its quarters each four are a new attempt, and what is left over (0 to 3) are patient
/// retries, which count in the site and the region alone. Under its <see cref="IpBlock.Supplement"/> key, the low 10 bits are further patient retries, and
/// the bits above are quarters charged to the host alone: for retries that passed, and for impatient ones. In the list of bad recipients the
/// supplement key carries something else: messages that content filters refused, in plain units. Nodes that do not know supplements count
/// them for an address that no host has.
/// </summary>
/// <param name="Attempts">New attempts: units of the host, and attempts in its site and region.</param>
/// <param name="Retries">Attempts in the site and region alone.</param>
/// <param name="Charge">Units of the host alone.</param>
public readonly record struct Supplement(float Attempts, float Retries, float Charge)
{
    internal const uint MaxRetries = (1u << ChargeShift) - 1;
    internal const int ChargeShift = 10;

    /// <summary>Units of the host.</summary>
    public float HostUnits => Attempts + Charge;

    /// <summary>The quarters of an entry that charges a host.</summary>
    public static uint OfCharge(uint quarters) => quarters << ChargeShift;

    /// <summary>The host that an entry is about.</summary>
    public static IpBlock HostOf(in CountEntry entry) => entry.Host.IsSupplement ? entry.Host.Supplement : entry.Host;

    /// <summary>Whether an entry has retries: most have none.</summary>
    public static bool HasRetries(in CountEntry entry) => entry.Quarters % CountEntry.PerUnit > 0 || entry.Host.IsSupplement;

    public static Supplement Read(in CountEntry entry) => entry.Host.IsSupplement
        ? new Supplement(0, entry.Quarters & MaxRetries, (entry.Quarters >> ChargeShift) / (float)CountEntry.PerUnit)
        : new Supplement(entry.Quarters / CountEntry.PerUnit, entry.Quarters % CountEntry.PerUnit, 0);
}
