using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>A scenario that decides for each push which generation gets it. Times are in milliseconds.</summary>
internal sealed class Script
{
    public const int Hold = 3000;

    public static readonly GatewayLinks Linked = new(Linked: true, Alone: false);
    public static readonly GatewayLinks Unlinked = new(Linked: false, Alone: true);

    private readonly List<ScriptedNode> _actors = [];
    private readonly List<ShardLog> _logs = [];

    public long Now { get; private set; } = 1_000_000;

    /// <summary>A view of live nodes. Nodes whose names begin with g are gateways, the first is the oldest.</summary>
    public static ClusterView View(params string[] live)
    {
        var view = ClusterView.Empty;
        foreach (var name in live)
            view = view.With(Row(name, Array.IndexOf(live, name)));
        return view;
    }

    public static ClusterMember Row(string name, long started = 0, ulong version = 1, MemberState state = MemberState.Live) =>
        new(new NodeId(name, 1), version, state, name.StartsWith('g'), started);

    public ScriptedNode Node(string name, ClusterView view, GatewayLinks? links = null, bool joining = false, int shards = 1)
    {
        var actor = new ScriptedNode(this, name, view, links, joining, shards);
        _actors.Add(actor);
        return actor;
    }

    public ShardLog Activate(ulong generation, ClusterView view)
    {
        var log = new ShardLog(new Generation(generation), view, Now);
        _logs.Add(log);
        return log;
    }

    /// <summary>Time passes: every node and every activation ticks.</summary>
    public void Wait(int milliseconds)
    {
        for (; milliseconds > 0; milliseconds -= 50)
        {
            Now += Math.Min(50, milliseconds);
            _logs.ForEach(l => l.Tick(Now));
            _actors.ForEach(a => a.Tick());
        }
    }

    /// <summary>Time passes, and nothing runs.</summary>
    public void StandStill(int milliseconds) => Now += milliseconds;

    /// <summary>The entries of a log.</summary>
    public List<LogEntry> Read(ShardLog log)
    {
        var entries = new List<LogEntry>();
        var reply = log.Push(Now, Push("reader", log, log.First));
        while (reply is PushTaken { News.IsEmpty: false } taken)
        {
            entries.AddRange(taken.News);
            reply = log.Push(Now, Push("reader", log, taken.From + taken.News.Length));
        }

        return entries;
    }

    public static Push Push(string node, ShardLog log, long cursor, params LogEntry[] entries) =>
        new(new NodeId(node, 1), 1, log.Generation, cursor, [.. entries], Resent: true, null, null, []);
}
