namespace ThrottleNet.MxNode.Spool;

/// <summary>The head of a <see cref="RecordKind.Message"/>.</summary>
internal sealed record MessageRecord(QueuedEnvelope Envelope, QueueState State);
