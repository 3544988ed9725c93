using ThrottleNet.Cluster;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// Runs this node's side of the cluster's protocol: takes one input after another from <see cref="ClusterInputs"/>, gives it to the state machine, and carries
/// out the effects in their order. "From the loop" means: while an input is handled. Everything but the first <see cref="Begin"/> is called from the loop only.
/// </summary>
internal sealed class ClusterLoop(NodeStart start, ShardCalls calls, CopyWork copies, ClusterState state, ClusterLog log, GatewayOrder? gateway = null)
{
    private readonly List<ClusterEffect> _effects = [];
    private ClusterNode _node = null!;
    private bool _leaves;
    private volatile bool _isCalm;
    private GatewayLinks? _links = start.IsGateway ? new GatewayLinks(Linked: false, Alone: false) : null;

    /// <summary>This start of this node.</summary>
    public NodeId Self => _node.Self;

    private long Now => state.View.Now;

    /// <summary>Whether nothing that this node counted waits for a shard.</summary>
    public bool IsFlushed => _node.IsFlushed;

    /// <summary>At the last tick no attempt and no count waited for a shard: the next thing to do is the next poll. Any thread may read it.</summary>
    public bool IsCalm => _isCalm;

    /// <inheritdoc cref="ThrottleNet.Cluster.Gateways.Gateway.IsReporting"/>
    public bool IsReporting => _node.Gateway is { IsReporting: true };

    /// <summary>Handles an input, and carries out what follows from it but for the pushes: <see cref="Send"/>.</summary>
    public void Handle(Action<ClusterLoop> input)
    {
        try
        {
            input(this);
            CarryOut();
        }
        catch (Exception e)
        {
            log.Failed(e);
        }
    }

    /// <summary>Sends the pushes of the inputs that were handled.</summary>
    public void Send()
    {
        try
        {
            calls.Send(this);
        }
        catch (Exception e)
        {
            log.Failed(e);
        }
    }

    public void Register(ClusterAttempt attempt, CountEntry count)
    {
        state.Attempts.Add(attempt);
        calls.Note(ShardMap.ShardOf(count.Key, start.Settings.Shards), attempt.Cause);
        _node.Register(Now, (long)attempt.Id, count);
    }

    public void Count(CountEntry count) => _node.Count(Now, count);

    public void CountBadRecipient(CountEntry count) => _node.RegisterBadRecipient(Now, count);

    public void Tick()
    {
        _isCalm = _node.IsFlushed && state.Attempts.IsEmpty;
        _node.Tick(Now);
        state.Operators.Tick(Now);
        state.Status.Settled = _node.SettledShards;
        state.Status.SetResent(_node.Resent);
        if (_node.Gateway is { } part)
        {
            gateway!.Tick(part, Now);
            state.Status.Speaks = part.Speaks;
        }
    }

    /// <summary>A batch of another operator came to this gateway.</summary>
    public void Receive(ApplyBatch batch) => gateway!.Receive(_node.Gateway!, Now, batch);

    /// <inheritdoc cref="Exchange.IBatchOrder.ReadSnapshot"/>
    public void ReadSnapshot(Func<IReadOnlyList<SnapshotRow>> read, Action<ExchangeCore, long, IReadOnlyList<SnapshotRow>> supply) =>
        copies.WhenTaken(this, () => gateway!.TryReadSnapshot(_node.Gateway!, Now, read, supply));

    /// <inheritdoc cref="Exchange.IBatchOrder.TakeSnapshot"/>
    public void TakeSnapshot(ApplySnapshot snapshot)
    {
        if (snapshot.Ranges.Count > 0)
        {
            gateway!.TakeSnapshot(_node.Gateway!, Now, snapshot);
        }
        else
        {
            state.Engine.Raise(snapshot.Rows, Now); // evidence only
        }
    }

    /// <summary>The hold of own batches is complete.</summary>
    public void HoldCompleted(ulong number) => gateway!.HoldCompleted(_node.Gateway!, Now, number);

    /// <summary>The links of this gateway changed.</summary>
    public void SetLinks(GatewayLinks links)
    {
        _links = _leaves ? links with { Linked = false } : links;
        _node.SetLinks(Now, _links.Value);
    }

    /// <summary>This node is about to stop. A gateway passes as one without links from now on, so that another one reports.</summary>
    public void Yield()
    {
        _leaves = true;
        if (_links is { } links)
        {
            SetLinks(links);
        }
    }

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

    /// <summary>A shard answered; null: it did not. The answer to a push of an earlier start is ignored: each start numbers its pushes from 1.</summary>
    public void Answered(int shard, Push push, PushReply? reply)
    {
        state.Status.CountAnswer(reply is not null);
        if (push.Node != Self)
        {
            return;
        }

        if (reply is null)
        {
            _node.Failed(Now, shard, push.Number);
        }
        else
        {
            _node.Replied(Now, shard, push.Number, reply);
        }
    }

    /// <summary>A copy of a shard for another node, with the rows of the same moment; null while this node lacks entries itself.</summary>
    public ShardRows? GiveCopy(int shard) => copies.WhenTaken(this, () =>
        _node.GiveCopy(shard) is { } copy ? CopyRows.Give(state.Engine, copy, shard, start.Settings.Shards, Now) : null);

    /// <summary>A copy came; null: none.</summary>
    public void Install(int shard, ReceivedCopy? received)
    {
        if (received is not null && copies.WhenTaken(this, () => TryInstall(shard, received)))
        {
            copies.Succeeded(shard);
            log.ShardCopied(shard);
            return;
        }

        _node.CopyFailed(shard);
        switch (copies.Failed(shard, state.View.HasOlder(Self)))
        {
            case CopyFailure.GoOn:
                log.WentOn(shard);
                _node.GoOnWithoutCopy(shard);
                break;
            case CopyFailure.JoinAnew:
                log.JoinsAnew(shard);
                JoinAnew();
                break;
        }
    }

    /// <summary>Begins a start. The node joins a cluster; if it finds no other node, it goes on with what it has.</summary>
    /// <exception cref="Configuration.StartException">The start cannot be stored.</exception>
    public void Begin()
    {
        var (self, row) = start.Next();
        copies.Clear();
        var view = state.View.View.With(row);
        _node = _node is null ? new ClusterNode(self, start.Settings, view, _links, joining: true) : _node.JoinAnew(self, view, _links);
        state.View.Set(_node.View);
        if (_node.Gateway is { } part)
        {
            gateway!.Begin(part, Now);
        }

        _node.Tick(Now);
    }

    /// <summary>
    /// Begins another start of this process. The membership knows a node's start by its silo's name, so the silo ends too: otherwise nobody would call the
    /// new start, and nobody would learn of its death.
    /// </summary>
    public void JoinAnew()
    {
        Begin();
        calls.Silo?.End("this node joins the cluster anew");
    }

    private bool TryInstall(int shard, ReceivedCopy received)
    {
        if (_node.InstallCopy(Now, shard, received.Copy) is not { } lacking)
        {
            return false;
        }

        CopyRows.Take(state.Engine, received.Rows, lacking, Now);
        return true;
    }

    private void CarryOut()
    {
        // An effect that fails is not carried out again.
        _node.TakeEffects(_effects);
        var done = 0;
        try
        {
            while (done < _effects.Count)
            {
                CarryOut(_effects[done++]);
                _node.TakeEffects(_effects);
            }
        }
        finally
        {
            _effects.RemoveRange(0, done);
        }
    }

    private void CarryOut(ClusterEffect effect)
    {
        switch (effect)
        {
            case SendPush e:
                state.Status.CountPush();
                calls.Push(e.Shard, e.Push);
                break;
            case ApplyCounts e:
                state.Engine.Apply(start.Settings.Operator, e.Entry.Counts, e.Entry.Time, Now);
                state.Attempts.Applied(e.Entry.Counts);
                break;
            case ApplyPeerBatch e:
                state.Operators.Heard(e.Entry.Operator, Now);
                state.Engine.Apply(e.Entry.Operator, e.Entry.Part, e.Entry.Time, Now);
                break;
            case BatchOrdered e:
                gateway!.Ordered(_node.Gateway!, Now, e.Key);
                break;
            case PublishBatch e:
                gateway!.Publish(e);
                break;
            case RaiseToSnapshot:
                state.Engine.Raise(gateway!.TakeRows(), Now);
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
