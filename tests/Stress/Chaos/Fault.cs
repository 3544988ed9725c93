namespace ThrottleNet.Stress.Chaos;

/// <summary>A fault that happened.</summary>
/// <param name="Target">The number of the node or next hop.</param>
/// <param name="From">The moment before it, since the begin of the run.</param>
/// <param name="To">The moment after it: then everything worked again.</param>
internal sealed record Fault(FaultKind Kind, int Target, TimeSpan From, TimeSpan To)
{
    public bool Overlaps(TimeSpan from, TimeSpan to) => From <= to && from <= To;
}
