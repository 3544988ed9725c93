namespace ThrottleNet.MxNode.Spool;

/// <summary>The head of a <see cref="RecordKind.Change"/>.</summary>
internal sealed record ChangeRecord(QueueId Id, QueueState State);
