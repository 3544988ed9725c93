namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>The log of the trust feed. Event ids 4180 to 4199.</summary>
internal sealed partial class FeedLog(ILogger<FeedLog> logger)
{
    [LoggerMessage(4180, LogLevel.Information, "trust feed: statements of {Author} from {Peer}: {Count}")]
    public partial void Taken(int count, string author, string peer);

    [LoggerMessage(4181, LogLevel.Warning, "trust feed: lines from {Peer} that contradict the log of {Author}: {Count}")]
    public partial void ForkTaken(int count, string author, string peer);

    [LoggerMessage(4182, LogLevel.Warning, "trust feed: peer {Peer} is cut off for {Time}: it sent {Fault}")]
    public partial void CutOff(string peer, TimeSpan time, string fault);

    [LoggerMessage(4183, LogLevel.Warning, "trust feed: the log of {Author} has reached its limit (octets: {Octets}); no further statements of it are taken, not even revocations; its author needs a new key")]
    public partial void Full(string author, long octets);

    [LoggerMessage(4184, LogLevel.Error, "trust feed: statements of {Author} from {Peer} could not be stored: {Reason}; they are asked for again in {Time}")]
    public partial void NotKept(string author, string peer, string reason, TimeSpan time);

    [LoggerMessage(4185, LogLevel.Debug, "trust feed: peer {Peer}: {Reason}")]
    public partial void Ended(string peer, string reason);

    [LoggerMessage(4186, LogLevel.Information, "trust feed: peer {Peer} does not implement the feed, so no trust logs are exchanged with it")]
    public partial void NotKnown(string peer);

    [LoggerMessage(4187, LogLevel.Error, "trust feed: the call with {Peer} failed")]
    public partial void Failed(Exception exception, string peer);

    [LoggerMessage(4188, LogLevel.Warning, "trust feed: peer {Peer} sent more lines of {Author} than a log and its contradicting lines may have; the rest is skipped, and not asked for again within {Time}")]
    public partial void Overrun(string peer, string author, TimeSpan time);
}
