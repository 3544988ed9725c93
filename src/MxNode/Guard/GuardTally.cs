namespace ThrottleNet.MxNode.Guard;

/// <summary>Counts the guard's answers since its start, and has hosts without courtesies left dropped. Thread-safe.</summary>
internal sealed class GuardTally(CourtesyBook courtesies, GuardDrops drops)
{
    private readonly long[] _counts = new long[Enum.GetValues<GuardReason>().Length];

    public void Count(GuardDecision decision)
    {
        Interlocked.Increment(ref _counts[(int)decision.Reason]);
        if (decision is { Reason: GuardReason.Exhausted, Address: { } address, IsSpared: false })
        {
            drops.Drop(address);
        }
    }

    public GuardReport Report() => new(
        Of(GuardReason.Authenticated) + Of(GuardReason.Trusted) + Of(GuardReason.Relay),
        Of(GuardReason.Seen),
        Of(GuardReason.Courtesy),
        Of(GuardReason.Exhausted),
        Of(GuardReason.Unsure),
        courtesies.Count,
        drops.Count);

    private long Of(GuardReason reason) => Interlocked.Read(ref _counts[(int)reason]);
}
