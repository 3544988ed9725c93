using ThrottleNet.Cluster.Gateways;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>
/// A node's side of the cluster's protocol, as a state machine: attempts, replies, batches and ticks go in, effects come out. It owns no
/// socket and reads no clock; times are milliseconds since 1970. Not thread-safe: its host calls it under one lock, and carries the effects
/// out after releasing that.
/// </summary>
public sealed class ClusterNode
{
    private readonly NodeContext _context;
    private readonly ShardEnd[] _ends;

    /// <param name="self">This start of this process.</param>
    /// <param name="settings">The cluster's.</param>
    /// <param name="view">The node's view, with the node itself.</param>
    /// <param name="links">The links with peers; null for a node that is no gateway.</param>
    /// <param name="joining">Whether others have counts that this node lacks; false for the first node of a cluster.</param>
    public ClusterNode(NodeId self, ClusterSettings settings, ClusterView view, GatewayLinks? links, bool joining)
    {
        _context = new NodeContext(self, settings, view) { Links = links };
        _ends = [.. Enumerable.Range(0, settings.Shards).Select(s => new ShardEnd(_context, s, joining))];
        if (links is not null)
            _context.Gateway = new Gateway(_context, _ends);
    }

    /// <summary>
    /// A new start of this process, which copies all shards. It counts on with what is in no entry yet, and judges the attempts that wait, at their holds at
    /// the latest. The ledger keeps the batches that peers' snapshots brought, so the new start does not apply them again when the logs have them.
    /// </summary>
    public ClusterNode JoinAnew(NodeId self, ClusterView view, GatewayLinks? links)
    {
        var next = new ClusterNode(self, _context.Settings, view, links, joining: true);
        next._context.Succeed(_context);
        for (var shard = 0; shard < _ends.Length; shard++)
            next._ends[shard].Succeed(_ends[shard]);
        return next;
    }

    public NodeId Self => _context.Self;

    public ClusterView View => _context.View;

    /// <summary>Nothing that this node counted waits for a shard, or for an answer of one.</summary>
    public bool IsFlushed => Array.TrueForAll(_ends, e => e.IsFlushed);

    /// <summary>Shards whose order is valid for this node: it lacks nothing, and the generation that it reads is settled.</summary>
    public int SettledShards => _ends.Count(e => e is { Copying: CopyStep.None, State.Settled: true });

    /// <summary>Entries that this node has resent to new generations.</summary>
    public long Resent => _context.Resent;

    /// <summary>The gateway's part; null if the node is no gateway.</summary>
    public Gateway? Gateway => _context.Gateway;

    internal IReadOnlyList<ShardEnd> Ends => _ends;

    /// <summary>Moves what is to be done since the last call, in order, to the end of a list.</summary>
    public void TakeEffects(List<ClusterEffect> effects)
    {
        effects.AddRange(_context.Effects);
        _context.Effects.Clear();
    }

    /// <summary>The node's view changed.</summary>
    public void SetView(long now, ClusterView view)
    {
        _context.Now = now;
        _context.SetView(view);
    }

    /// <summary>The links of this gateway with peers changed.</summary>
    public void SetLinks(long now, GatewayLinks links)
    {
        _context.Now = now;
        _context.Links = links;
        Tick(now);
    }

    /// <summary>Registers an attempt, which is in the node's ledger already. <see cref="Decide"/> answers, at the latest when the hold ends.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="attempt">A number that no other attempt of this node has.</param>
    /// <param name="count">The host block and its quarters.</param>
    public void Register(long now, long attempt, CountEntry count) => Register(now, attempt, count, bad: false);

    /// <summary>Counts what no attempt waits for: a charge, or a patient retry. It is in the node's ledger already.</summary>
    public void Count(long now, CountEntry count) => Register(now, attempt: null, count, bad: false);

    /// <summary>Counts a recipient that does not exist, as the destination answered; it is in the node's ledger already.</summary>
    public void RegisterBadRecipient(long now, CountEntry count) => Register(now, attempt: null, count, bad: true);

    /// <summary>A shard answered.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="number">The number of the push. A late answer to an earlier push is ignored.</param>
    /// <param name="reply">The answer.</param>
    public void Replied(long now, int shard, long number, PushReply reply)
    {
        _context.Now = now;
        _ends[shard].Replied(number, reply);
        _context.Gateway?.Tick();
        _ends[shard].Tick();
    }

    /// <summary>No answer came.</summary>
    public void Failed(long now, int shard, long number)
    {
        _context.Now = now;
        _ends[shard].Failed(number);
    }

    /// <summary>Time passed; to be called about every 25 ms while an attempt or a count waits, and otherwise as often as shards are polled.</summary>
    public void Tick(long now)
    {
        _context.Now = now;
        _context.Gateway?.Tick();
        foreach (var end in _ends)
            end.Tick();
    }

    /// <summary>
    /// What another node copies of a shard; null while this node itself has to copy. The host reads the rows of the shard at the same moment.
    /// </summary>
    public ShardCopy? GiveCopy(int shard) => _ends[shard].GiveCopy();

    /// <summary>Takes a copy. The host replaces the rows of the shard, less <see cref="ShardCopy.Unread"/>, plus what is returned.</summary>
    /// <returns>Null if the copy cannot be used; then <see cref="CopyFailed"/> is to be called.</returns>
    public IReadOnlyList<BatchCounts>? InstallCopy(long now, int shard, ShardCopy copy)
    {
        _context.Now = now;
        return _ends[shard].InstallCopy(copy);
    }

    /// <inheritdoc cref="ShardEnd.CopyFailed"/>
    public void CopyFailed(int shard) => _ends[shard].CopyFailed();

    /// <inheritdoc cref="ShardEnd.GoOnWithoutCopy"/>
    public void GoOnWithoutCopy(int shard) => _ends[shard].GoOnWithoutCopy();

    private void Register(long now, long? attempt, CountEntry count, bool bad)
    {
        _context.Now = now;
        var end = _ends[ShardMap.ShardOf(count.Key, _ends.Length)];
        end.Register(attempt, count, bad);
        end.Tick();
    }
}
