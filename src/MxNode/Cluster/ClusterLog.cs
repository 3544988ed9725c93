namespace ThrottleNet.MxNode.Cluster;

/// <summary>The lines that the cluster writes to the node's log.</summary>
internal sealed partial class ClusterLog(ILogger<ClusterLog> logger)
{
    [LoggerMessage(9000, LogLevel.Information, "Cluster {Name}: this node takes part at {Address}; live nodes: {Nodes}")]
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

    [LoggerMessage(9009, LogLevel.Error, "Cluster: the list of members at {Place} cannot be used: {Fault}; running nodes go on, but none can join, and a dead one is not replaced; see whether it runs")]
    private static partial void LogUnreadable(ILogger logger, string place, string fault);

    [LoggerMessage(9010, LogLevel.Information, "Cluster: the list of members at {Place} can be used again")]
    private static partial void LogReadable(ILogger logger, string place);

    [LoggerMessage(9011, LogLevel.Error, "Cluster: the list of members at {Place} was lost: this node is not in it any more, and nodes that start now form another cluster; restart all nodes one after the other, and let redis keep an append-only file")]
    private static partial void LogLost(ILogger logger, string place);

    [LoggerMessage(9012, LogLevel.Error, "Cluster: node {Origin} has a certificate of this operator and is not in this cluster, so its counts are missing here; see whether all nodes have the same Cluster:Name and Cluster:Members")]
    private static partial void LogStranger(ILogger logger, string origin);

    [LoggerMessage(9013, LogLevel.Information, "Cluster: the certificate {File} was read again, valid until {End:u}; new connections use it")]
    private static partial void LogCertificateRead(ILogger logger, string file, DateTime end);

    [LoggerMessage(9014, LogLevel.Error, "Cluster: the changed certificate is not used: {Fault}; the one before stays in use")]
    private static partial void LogNotRenewed(ILogger logger, string fault);

    [LoggerMessage(9015, LogLevel.Error, "Cluster: the node at {Address} is called {Name} too, so the cluster counts for one of the two only; give each node a Node:Name of its own")]
    private static partial void LogNamesake(ILogger logger, string name, string address);

    [LoggerMessage(9016, LogLevel.Warning, "Cluster: the certificate {File} expires at {Until:u} (days left: {Days}); issue a new one (pki issue --renew), or no other node connects with this one")]
    private static partial void LogCertificateEnds(ILogger logger, string file, DateTime until, int days);

    [LoggerMessage(9017, LogLevel.Error, "Cluster: the certificate {File} expired at {Until:u}; no other node connects with this one until there is a new one (pki issue --renew)")]
    private static partial void LogCertificateEnded(ILogger logger, string file, DateTime until);

    public void Namesake(string name, string address) => LogNamesake(logger, name, address);

    public void CertificateEnds(string file, DateTime until, int days) => LogCertificateEnds(logger, file, until, days);

    public void CertificateEnded(string file, DateTime until) => LogCertificateEnded(logger, file, until);

    public void CertificateRead(string file, DateTime end) => LogCertificateRead(logger, file, end);

    public void NotRenewed(string fault) => LogNotRenewed(logger, fault);

    public void Stranger(string origin) => LogStranger(logger, origin);

    public void MembersUnreadable(string place, string fault) => LogUnreadable(logger, place, fault);

    public void MembersReadAgain(string place) => LogReadable(logger, place);

    public void MembersLost(string place) => LogLost(logger, place);

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
