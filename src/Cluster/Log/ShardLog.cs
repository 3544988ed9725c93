using System.Collections.Immutable;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Log;

/// <summary>
/// One activation of a shard: an append-only log that orders the counts of its host blocks. It owns no counts; every node keeps all of them.
/// It reads no clock and makes no calls. Not thread-safe.
/// <para>
/// The model that this comes from asks the membership which nodes are live. Views differ, so this log trusts none of them alone: its roster
/// is the merge of the views of all nodes that pushed, and a node that pushed is a reader even if no view names it. Otherwise a host with
/// a stale view trims what a joining node has not read.
/// </para>
/// </summary>
public sealed class ShardLog
{
    private readonly List<LogEntry> _entries = [];
    private readonly SequenceMarks _marks = new();
    private readonly ReaderTable _readers = new();
    private readonly GatewayTable _gateways = new();
    private readonly Dictionary<Generation, long> _forgotten = [];
    private readonly RunningClock _clock;
    private ClusterView _view = ClusterView.Empty;
    private bool _settled;
    private bool _alone;
    private bool _sealed;

    /// <param name="generation">A random number of this activation.</param>
    /// <param name="view">The view of the node that hosts it.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public ShardLog(Generation generation, ClusterView view, long now)
    {
        Generation = generation;
        _clock = new RunningClock(now);
        SetView(now, view);
    }

    private ShardLog(ShardLogState state, long now)
    {
        Generation = state.Generation;
        First = state.First;
        _entries.AddRange(state.Entries);
        _marks = state.Marks;
        _view = state.View;
        foreach (var reader in state.Readers)
            _readers.Restore(reader);
        foreach (var gateway in state.Gateways)
            _gateways.Restore(gateway);
        foreach (var mark in state.Forgotten)
            _forgotten[mark.Generation] = mark.Below;
        _clock = new RunningClock(now, state.Running);
        (_settled, _alone) = (state.Settled, state.Alone);
    }

    public Generation Generation { get; }

    /// <summary>The first position that the log still has.</summary>
    public long First { get; private set; }

    /// <summary>The position of the next entry.</summary>
    public long End => First + _entries.Count;

    /// <summary>The merge of all views that came here.</summary>
    public ClusterView View => _view;

    /// <summary>
    /// Everything, for <see cref="Migrated"/> at another host. This log takes nothing from now on: two logs of one generation would give
    /// one position to two entries.
    /// </summary>
    public byte[] Seal()
    {
        _sealed = true;
        return new ShardLogState(
            Generation, First, _entries, _marks, _view, _readers.Export(), _gateways.Export(),
            [.. _forgotten.Select(f => new ForgottenMark(f.Key, f.Value))], _clock.Now, _settled, _alone).Encode();
    }

    /// <summary>The log that another host sealed.</summary>
    /// <exception cref="InvalidDataException">The octets are not what <see cref="Seal"/> gave.</exception>
    public static ShardLog Migrated(ReadOnlySpan<byte> octets, long now) => new(ShardLogState.Decode(octets), now);

    /// <summary>The hosting node's view changed, or a pushing node brought another one.</summary>
    public void SetView(long now, ClusterView view)
    {
        if (_sealed)
            return;
        _clock.Advance(now);
        _view = _view.Merge(view);
        _readers.Include(_view, First, _clock.Now);
        SettleIfComplete();
        UpdateAlone(gateway: null);
    }

    /// <summary>Time passed; to be called about every 500 ms. A push does the same work, but does not forget silent readers.</summary>
    public void Tick(long now)
    {
        if (_sealed)
            return;
        _clock.Advance(now);
        _readers.Expire(_clock.Now);
        SettleIfComplete();
        Trim();
    }

    /// <summary>Takes a push. The same push may come several times, late, and after later ones.</summary>
    /// <exception cref="InvalidOperationException">The log was sealed.</exception>
    public PushReply Push(long now, Push push)
    {
        if (_sealed)
            throw new InvalidOperationException($"{Generation} has migrated");
        _clock.Advance(now);
        if (push.View is not null)
            SetView(now, push.View);
        if (!_readers.Heard(push.Node, _view, _clock.Now))
            return new PushElsewhere(Generation, _marks.Clone(), First);
        foreach (var mark in push.Forgotten)
            Remember(mark);
        if (push.Generation != Generation || push.Cursor > End)
        {
            // A reader that has to copy counts from the start again, so that the log keeps what follows the copy.
            if (push.Generation is null || push.Cursor > End)
                _readers.SetCursor(push.Node, First);
            if (push.Generation is null && push.Resent)
                _readers.SetResent(push.Node);
            return new PushElsewhere(Generation, _marks.Clone(), First);
        }

        if (push.Cursor < First)
            return new PushTrimmed(Generation, First);
        foreach (var entry in push.Entries)
            Take(entry);
        _readers.SetCursor(push.Node, push.Cursor);
        if (push.Resent)
            _readers.SetResent(push.Node);
        if (push.Links is { } links && _gateways.Set(push.Node.Name, links, _clock.Now))
            UpdateAlone((push.Node, links));
        SettleIfComplete();
        var from = (int)(push.Cursor - First);
        var news = _entries.GetRange(from, Math.Min(ClusterLimits.MaxNews, _entries.Count - from));
        Trim(); // it may trim what a node that leaves, or one that is far behind, has just read
        return new PushTaken(Generation, push.Cursor, [.. news], End, First);
    }

    private void Take(LogEntry entry)
    {
        switch (entry)
        {
            case CountsEntry or BatchEntry when _marks.TryAdd(entry):
            case ReportMark:
            case CompleteMark:
                _entries.Add(entry);
                break;
        }
    }

    private void Remember(ForgottenMark mark)
    {
        if (mark.Generation == Generation || _forgotten.GetValueOrDefault(mark.Generation) >= mark.Below)
            return;
        if (_forgotten.Count >= ClusterLimits.MaxMembers)
            _forgotten.Clear();
        _forgotten[mark.Generation] = mark.Below;
        _entries.Add(mark);
    }

    // The log is settled when every live node has resent what it holds: an attempt that comes now is ordered after all of it. The roster may
    // be stale; a live node that no view names has the time of two polls to push and so to be named.
    private void SettleIfComplete()
    {
        if (_settled || _clock.Now < ClusterLimits.SettleNoSooner)
            return;
        if (_clock.Now < ClusterLimits.SettleAfter && !_readers.AllResent(_view))
            return;
        _settled = true;
        _alone = _gateways.Alone(_view, _clock.Now);
        _entries.Add(new SettledMark(_alone));
    }

    private void UpdateAlone((NodeId Node, GatewayLinks Links)? gateway)
    {
        var alone = _settled && _gateways.Alone(_view, _clock.Now);
        if (gateway is null && alone == _alone)
            return;
        _alone = alone;
        _entries.Add(new PeersMark(gateway?.Node, gateway?.Links.Linked ?? false, alone));
    }

    private void Trim()
    {
        var stable = _readers.Stable(First, End);
        if (End - stable > ClusterLimits.MaxLog)
            stable = End - (ClusterLimits.MaxLog / 2);
        if (stable == First)
            return;
        _entries.RemoveRange(0, (int)(stable - First));
        First = stable;
    }
}
