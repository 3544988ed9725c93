namespace ThrottleNet.MxNode.Cluster;

/// <summary>The lines that the cluster writes to the node's log.</summary>
internal sealed partial class ClusterLog(ILogger<ClusterLog> logger)
{
    [LoggerMessage(9000, LogLevel.Information, "Cluster {Name}: this node takes part at {Address}, with {Nodes} live nodes")]
    private static partial void LogJoined(ILogger logger, string name, string address, int nodes);

    [LoggerMessage(9001, LogLevel.Warning, "Cluster: {What}; mail goes on, attempts wait the full hold until the cluster answers again")]
    private static partial void LogSiloEnded(ILogger logger, string what);

    [LoggerMessage(9002, LogLevel.Warning, "Cluster: the silo did not start: {Fault}; next attempt in {Pause}")]
    private static partial void LogNotStarted(ILogger logger, string fault, TimeSpan pause);

    [LoggerMessage(9003, LogLevel.Debug, "Cluster: {What} failed: {Fault}")]
    private static partial void LogCallFailed(ILogger logger, string what, string fault);

    [LoggerMessage(9004, LogLevel.Debug, "Cluster: shard {Shard} was copied from another node")]
    private static partial void LogCopied(ILogger logger, int shard);

    [LoggerMessage(9005, LogLevel.Debug, "Cluster: no node has a complete copy of shard {Shard}; this node goes on with what it has")]
    private static partial void LogWentOn(ILogger logger, int shard);

    [LoggerMessage(9006, LogLevel.Warning, "Cluster: shard {Shard} could not be copied from any node; this node joins the cluster anew")]
    private static partial void LogJoinsAnew(ILogger logger, int shard);

    [LoggerMessage(9007, LogLevel.Information, "Cluster: live nodes are {Nodes}")]
    private static partial void LogMembers(ILogger logger, string nodes);

    [LoggerMessage(9008, LogLevel.Error, "Cluster: an input failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    public void Joined(string name, string address, int nodes) => LogJoined(logger, name, address, nodes);

    public void SiloEnded(string what) => LogSiloEnded(logger, what);

    public void NotStarted(string fault, TimeSpan pause) => LogNotStarted(logger, fault, pause);

    public void CallFailed(Exception exception, string what) => LogCallFailed(logger, what, exception.Message);

    public void ShardCopied(int shard) => LogCopied(logger, shard);

    public void WentOn(int shard) => LogWentOn(logger, shard);

    public void JoinsAnew(int shard) => LogJoinsAnew(logger, shard);

    public void Members(IEnumerable<string> nodes) => LogMembers(logger, string.Join(", ", nodes));

    public void Failed(Exception exception) => LogFailed(logger, exception);
}
