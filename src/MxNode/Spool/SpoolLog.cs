namespace ThrottleNet.MxNode.Spool;

/// <summary>What the spool writes to the log: event ids 8100 to 8199.</summary>
internal static partial class SpoolLog
{
    [LoggerMessage(8100, LogLevel.Error, "Queue {Folder} cannot be written: {Reason}. Messages get 452 until it can; make room on its disk, or repair it")]
    public static partial void NotStored(ILogger logger, string folder, string reason);

    [LoggerMessage(8113, LogLevel.Information, "Queue {Folder} can be written again")]
    public static partial void StoredAgain(ILogger logger, string folder);

    [LoggerMessage(8101, LogLevel.Error, "Queue file {File} cannot be cut after a failed write: {Reason}. A message that got 452 may be delivered after the next start")]
    public static partial void NotCut(ILogger logger, string file, string reason);

    [LoggerMessage(8102, LogLevel.Error, "Queue file {File} is damaged from octet {Offset} to {End}: what it held there is lost. See whether the disk fails")]
    public static partial void Damaged(ILogger logger, string file, long offset, long end);

    [LoggerMessage(8103, LogLevel.Information, "Queue {Folder} holds: messages {Messages}, files {Files}")]
    public static partial void Opened(ILogger logger, string folder, int messages, int files);

    [LoggerMessage(8104, LogLevel.Information, "Message {Id}: {Recipients} of {Domain} delivered by {NextHop}, {Reply}")]
    public static partial void Delivered(ILogger logger, QueueId id, int recipients, string domain, string nextHop, string reply);

    [LoggerMessage(8105, LogLevel.Information, "Message {Id}: {Recipients} of {Domain} deferred until {Next:u}: {Reply}")]
    public static partial void Deferred(ILogger logger, QueueId id, int recipients, string domain, DateTimeOffset next, string reply);

    [LoggerMessage(8106, LogLevel.Information, "Message {Id}: {Recipients} of {Domain} failed: {Reply}; {Report}")]
    public static partial void Failed(ILogger logger, QueueId id, int recipients, string domain, string reply, string report);

    [LoggerMessage(8107, LogLevel.Error, "Message {Id} cannot be read from the queue: {Reason}. It is tried again in an hour")]
    public static partial void NotRead(ILogger logger, QueueId id, string reason);

    [LoggerMessage(8108, LogLevel.Error, "Delivery of message {Id} failed unexpectedly. It is tried again in an hour")]
    public static partial void AttemptFailed(ILogger logger, Exception error, QueueId id);

    [LoggerMessage(8109, LogLevel.Information, "Message {Id} has failed, and whether its sender is proven cannot be found out now: {Reason}. It is tried again")]
    public static partial void ReportPutOff(ILogger logger, QueueId id, string reason);

    [LoggerMessage(8110, LogLevel.Warning, "Queue files cannot be removed or moved together: {Reason}. It is tried again in a minute")]
    public static partial void NotCompacted(ILogger logger, string reason);

    [LoggerMessage(8111, LogLevel.Warning, "The digest of dropped messages cannot be made: {Reason}. It is tried again in an hour")]
    public static partial void NoDigest(ILogger logger, string reason);

    [LoggerMessage(8112, LogLevel.Warning, "Recipients that failed since the last digest and whose senders got no report: {Recipients}; the digest to Node:Postmaster lists them")]
    public static partial void Dropped(ILogger logger, int recipients);
}
