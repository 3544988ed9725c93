using ThrottleNet.MxNode.Cluster.Feed;
using ThrottleNet.MxNode.Cluster.News;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>What <see cref="NodeGrain"/> answers from.</summary>
internal sealed record NodeParts(ClusterInputs Inputs, ShardOwners Owners, GatewayReports Reports, NewsDesk News, FeedDesk Feeds, ClusterMonitor Monitor);
