namespace ThrottleNet.MxNode.Guard;

/// <summary>A guard's answers since its start.</summary>
/// <param name="Passed">Mails and recipients that were let through.</param>
/// <param name="Seen">Deferrals of hosts that the network saw.</param>
/// <param name="Courtesies">Deferrals of unknown hosts.</param>
/// <param name="Refused">Answers to unknown hosts that had had their courtesies.</param>
/// <param name="Unsure">Deferrals because nothing could be told.</param>
/// <param name="Courted">Unknown hosts that are remembered.</param>
/// <param name="Dropped">Hosts in the drop set; null without one.</param>
internal sealed record GuardReport(long Passed, long Seen, long Courtesies, long Refused, long Unsure, int Courted, int? Dropped);
