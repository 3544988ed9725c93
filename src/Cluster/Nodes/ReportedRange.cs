using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>The positions <paramref name="From"/> to <paramref name="To"/> - 1 of a log, which a gateway reports in one round.</summary>
internal readonly record struct ReportedRange(int Shard, Generation Generation, long From, long To);
