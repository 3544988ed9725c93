using ThrottleNet.Cluster;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// Runs this node's side of the cluster's protocol: takes one input after another, gives it to the state machine, and carries out the effects
/// in their order. Everything but <see cref="RunAsync"/> and the first <see cref="Begin"/> is called from the loop only.
/// </summary>
internal sealed class ClusterLoop(
    NodeStart start, ClusterInputs inputs, ShardCalls calls, CopyWork copies, CountingEngine engine, ClusterState state)
{
    private readonly List<ClusterEffect> _effects = [];
    private ClusterNode _node = null!;

    /// <summary>This start of this node.</summary>
    public NodeId Self => _node.Self;

    private long Now => state.View.Now;

    /// <summary>Whether nothing that this node counted waits for a shard.</summary>
    public bool IsFlushed => _node.IsFlushed;

    /// <summary>Handles inputs until there are no more.</summary>
    public async Task RunAsync()
    {
        await foreach (var input in inputs.ReadAllAsync())
        {
            try
            {
                input(this);
                CarryOut();
            }
            catch (Exception e)
            {
                state.Log.Failed(e);
            }
        }
    }

    public void Register(ClusterAttempt attempt, CountEntry count)
    {
        state.Attempts.Add(attempt);
        _node.Register(Now, (long)attempt.Id, count);
    }

    public void Count(CountEntry count) => _node.Count(Now, count);

    public void CountBadRecipient(CountEntry count) => _node.RegisterBadRecipient(Now, count);

    public void Tick() => _node.Tick(Now);

    /// <summary>The membership changed.</summary>
    public void SetView(ClusterView view)
    {
        _node.SetView(Now, view);
        state.View.Set(_node.View);
    }

    /// <summary>This node's own row changed: its process goes on under it.</summary>
    public void SetState(MemberState memberState)
    {
        var own = _node.View.Find(Self.Name)!;
        SetView(ClusterView.Empty.With(own with { Version = ulong.MaxValue, State = memberState }));
    }

    /// <summary>A shard answered; null: it did not.</summary>
    public void Answered(int shard, long number, PushReply? reply)
    {
        if (reply is null)
        {
            _node.Failed(Now, shard, number);
        }
        else
        {
            _node.Replied(Now, shard, number, reply);
        }
    }

    /// <summary>A copy of a shard for another node, with the rows of the same moment; null while this node lacks entries itself.</summary>
    public ShardRows? GiveCopy(int shard) =>
        _node.GiveCopy(shard) is { } copy ? CopyRows.Give(engine, copy, shard, start.Settings.Shards, Now) : null;

    /// <summary>A copy came; null: none.</summary>
    public void Install(int shard, ShardRows? given)
    {
        if (given is not null && _node.InstallCopy(Now, shard, ThrottleNet.Cluster.Wire.CopyWire.Decode(given.State)) is { } own)
        {
            CopyRows.Take(engine, given.Rows, own, Now);
            copies.Succeeded(shard);
            state.Log.ShardCopied(shard);
            return;
        }

        _node.CopyFailed(shard);
        switch (copies.Failed(shard, state.View.HasOlder(Self)))
        {
            case CopyFailure.GoOn:
                state.Log.WentOn(shard);
                _node.GoOnWithoutCopy(shard);
                break;
            case CopyFailure.JoinAnew:
                state.Log.JoinsAnew(shard);
                Begin();
                break;
        }
    }

    /// <summary>Begins a start. The node joins a cluster; if it finds no other node, it goes on with what it has.</summary>
    /// <exception cref="Configuration.StartException">The start cannot be stored.</exception>
    public void Begin()
    {
        var (self, row) = start.Next();
        copies.Clear();
        _node = new ClusterNode(self, start.Settings, state.View.View.With(row), links: null, joining: true);
        state.View.Set(_node.View);
        _node.Tick(Now);
    }

    private void CarryOut()
    {
        _node.TakeEffects(_effects);
        for (var i = 0; i < _effects.Count; i++)
        {
            CarryOut(_effects[i]);
            _node.TakeEffects(_effects);
        }

        _effects.Clear();
    }

    private void CarryOut(ClusterEffect effect)
    {
        switch (effect)
        {
            case SendPush e:
                calls.Push(e.Shard, e.Push);
                break;
            case ApplyCounts e:
                engine.Apply(start.Settings.Operator, e.Entry.Counts, e.Entry.Time, Now);
                state.Attempts.Applied(e.Entry.Counts);
                break;
            case ApplyPeerBatch e:
                engine.Apply(e.Entry.Operator, e.Entry.Part, e.Entry.Time, Now);
                break;
            case Ordered e:
                state.Attempts.Carry(e);
                break;
            case OrderedBefore e:
                state.Attempts.Carry(e);
                break;
            case Decide e:
                state.Decide(e);
                break;
            case RequestCopy e:
                copies.Request(e.Shard, state.View.View, Self);
                break;
        }
    }
}
