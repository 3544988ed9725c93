namespace ThrottleNet.MxNode.Guard;

/// <summary>A guard's answers since its start.</summary>
/// <param name="Passed">Mails and recipients that were let through.</param>
/// <param name="Seen">Deferrals of hosts that the network saw.</param>
/// <param name="Courtesies">Deferrals of unknown hosts.</param>
/// <param name="Refused">Answers to unknown hosts that had used up their courtesies.</param>
/// <param name="Unsure">Deferrals while the guard did not know.</param>
/// <param name="Courted">Unknown hosts that are remembered.</param>
/// <param name="Dropped">Hosts in the drop set; null without one.</param>
internal sealed record GuardReport(long Passed, long Seen, long Courtesies, long Refused, long Unsure, int Courted, int? Dropped);
