using System.Text.Json;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ClusterMember = ThrottleNet.Cluster.Members.ClusterMember;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Describes the cluster for the operator. Thread-safe.</summary>
internal sealed class ClusterMonitor(ClusterOptions options, ShardCalls calls, NodeView view, ClusterStatus status, NodeCalls others)
{
    // A cluster whose machines have new names at each start remembers hundreds that are gone.
    private const int MostEnded = 16;

    /// <summary>Shards of the cluster whose order is valid for this node; all of them in normal operation.</summary>
    public int Settled => status.Settled;

    /// <summary>Live nodes, as this node sees them.</summary>
    public int LiveNodes => calls.Silo?.Nodes.Count ?? 0;

    /// <summary>Shards that this node hosts.</summary>
    public int Shards => calls.Silo?.Hosted.Count ?? 0;

    /// <summary>Entries in the logs of those shards.</summary>
    public int Entries => calls.Silo?.Hosted.Entries ?? 0;

    /// <summary>The whole cluster. Asks the other nodes, and waits a second at most.</summary>
    public async Task<ClusterReport> ReportAsync()
    {
        var own = OwnReport();
        var (answers, _) = await others.AskOthersAsync(async node => JsonSerializer.Deserialize<ClusterNodeReport>(await node.DescribeAsync()), "its state");
        var reports = answers.DistinctBy(a => a.Node).ToDictionary(a => a.Node, a => a.Answer, StringComparer.Ordinal);
        var self = calls.Silo is { } silo ? silo.Nodes.FirstOrDefault(n => n.Value.Equals(silo.Self)).Key.Name : null;
        return new ClusterReport(
            options.Name!,
            own.TakesPart,
            [.. Shown(view.View).Select(m => new ClusterMemberReport(
                m.Node.Name, m.State.ToString().ToLowerInvariant(), m.Gateway, DateTimeOffset.FromUnixTimeMilliseconds(m.Started))
            {
                Report = m.Node.Name == self ? own : reports.GetValueOrDefault(m.Node.Name),
            })],
            own.Shards, own.Settled, own.Speaks, own.Pushes, own.Unanswered, own.ByMarker, own.AtHold, own.Unordered)
        {
            Entries = own.Entries,
            Resent = own.Resent,
        };
    }

    /// <summary>The live nodes, and of those that left or are dead the ones that joined last.</summary>
    public static IEnumerable<ClusterMember> Shown(ClusterView all)
    {
        var ended = all.Members.Where(m => m.State != MemberState.Live).OrderByDescending(m => m.Started).Take(MostEnded).ToHashSet();
        return all.Members.Where(m => m.State == MemberState.Live || ended.Contains(m));
    }

    /// <summary>This node's part, as JSON.</summary>
    public byte[] Describe() => JsonSerializer.SerializeToUtf8Bytes(OwnReport());

    private ClusterNodeReport OwnReport() => new(
        calls.Silo is not null, Shards, Entries, status.Settled, status.Speaks, status.Pushes, status.Failures, status.Resent,
        status.Judged(Basis.Marker), status.Judged(Basis.HoldOrdered), status.Judged(Basis.HoldUnordered));
}
