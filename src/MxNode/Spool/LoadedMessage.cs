namespace ThrottleNet.MxNode.Spool;

/// <summary>A queued message for one attempt.</summary>
/// <param name="Envelope">Its envelope.</param>
/// <param name="Text">Its text; to be disposed of.</param>
internal sealed record LoadedMessage(QueuedEnvelope Envelope, QueuedText Text);
