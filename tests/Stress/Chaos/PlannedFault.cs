namespace ThrottleNet.Stress.Chaos;

/// <summary>A fault as planned.</summary>
/// <param name="At">Since the begin of the run.</param>
/// <param name="Target">The number of the node or next hop.</param>
/// <param name="Length">How long it lasts.</param>
/// <param name="ClockOffset">The error of a stepped clock.</param>
internal sealed record PlannedFault(TimeSpan At, FaultKind Kind, int Target, TimeSpan Length, TimeSpan ClockOffset);
