using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.TrustList.Feed;
using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>
/// The state that all calls of the feed share: the logs as they are now, and the store for lines from peers. Lines from one peer are
/// offered to the others at once, before they are folded. Thread-safe.
/// </summary>
internal sealed class FeedHub
{
    /// <summary>How long nothing is exchanged with a peer that misbehaved.</summary>
    public static readonly TimeSpan CutOffTime = TimeSpan.FromMinutes(10);

    /// <summary>The pause before lines that could not be stored are asked for again.</summary>
    private static readonly TimeSpan KeepRetry = TimeSpan.FromSeconds(30);

    // Calls with one peer at a time: two when both nodes have called each other, and two that are ending.
    private const int MaxCalls = 4;

    private readonly TrustStore _store;
    private readonly TrustKeeper _keeper;
    private readonly FeedLog _log;
    private readonly TimeProvider _time;
    private readonly DerivedSetting<TrustOptions, Roots> _roots;
    private readonly long _start;
    private readonly Lock _lock = new();
    private readonly HashSet<FeedCall> _calls = [];
    private readonly Dictionary<OriginId, TimeSpan> _cutOff = [];
    private readonly HashSet<string> _full = [];
    private volatile HeldLogs _held;

    public FeedHub(TrustStore store, TrustKeeper keeper, Live<TrustOptions> options, FeedLog log, TimeProvider time)
    {
        (_store, _keeper, _log, _time) = (store, keeper, log, time);
        _roots = new(options, current => new Roots([.. current.Roots]));
        _start = time.GetTimestamp();
        _held = HeldLogs.Empty with { Roots = _roots.Value.Ids };
        keeper.Reloaded += Refresh;
        Refresh();
    }

    public HeldLogs Held => _held;

    /// <summary>The time since this object was made, as a <see cref="FeedPeer"/> counts it.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_start);

    public FeedLog Log => _log;

    /// <summary>Whether the peer misbehaved within <see cref="CutOffTime"/>.</summary>
    public bool IsCutOff(NodeIdentity peer)
    {
        lock (_lock)
        {
            return _cutOff.TryGetValue(peer.Origin, out var until) && Now < until;
        }
    }

    /// <summary>Adds a call to those that are woken on changes.</summary>
    /// <returns>False when its peer has too many calls.</returns>
    public bool TryJoin(FeedCall call)
    {
        lock (_lock)
        {
            return _calls.Count(other => other.Peer.Origin == call.Peer.Origin) < MaxCalls && _calls.Add(call);
        }
    }

    public void Leave(FeedCall call)
    {
        lock (_lock)
        {
            _calls.Remove(call);
        }
    }

    /// <summary>Cuts a call's peer off for <see cref="CutOffTime"/>.</summary>
    public void CutOff(FeedCall call, string fault)
    {
        _log.CutOff(call.Name, CutOffTime, fault);
        lock (_lock)
        {
            _cutOff[call.Peer.Origin] = Now + CutOffTime;
        }
    }

    /// <summary>Takes a frame of an answer; its new lines are on disk when this returns.</summary>
    /// <returns>The peer's fault; null when there was none.</returns>
    public async Task<string?> TakeAsync(FeedCall call, LinesFrame frame)
    {
        LinesOutcome? take = null;
        var limit = _held.LimitOf(frame.Author);
        LogChange? Decide(AuthorLog have) => (take = call.Use(peer => peer.Take(frame, have, limit, Now))).Change;

        try
        {
            if (frame.Octets == 0 || call.Use(peer => peer.IsSkipping))
            {
                Decide(_held.Log(frame.Author));
            }
            else
            {
                await _store.UpdateAsync(frame.Author, Decide);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.NotKept(frame.Author, call.Name, e.Message, KeepRetry);
            call.Use(peer => peer.PutOff(frame.Author, Now + KeepRetry));
            if (take is null)
            {
                Decide(_held.Log(frame.Author));
            }

            return take!.Fault;
        }

        if (take!.Change is { } change)
        {
            Refresh();
            _keeper.Wake();
            LogTaken(change, call.Name);
        }

        if (take.IsFull && IsNewlyFull(frame.Author))
        {
            _log.Full(frame.Author, limit);
        }

        if (take.IsOverrun)
        {
            _log.Overrun(call.Name, frame.Author, FeedPeer.OverrunPause);
        }

        return take.Fault;
    }

    // Called by the readers of several calls at once.
    private bool IsNewlyFull(string author)
    {
        lock (_lock)
        {
            return _full.Add(author);
        }
    }

    private void LogTaken(LogChange change, string peer)
    {
        if (change.Next.Count > 0)
        {
            _log.Taken(change.Next.Count, change.Key.Id, peer);
        }

        if (change.Forks.Count > 0)
        {
            _log.ForkTaken(change.Forks.Count, change.Key.Id, peer);
        }
    }

    private void Refresh()
    {
        FeedCall[] calls;
        lock (_lock)
        {
            var (held, roots) = (_store.Held, _roots.Value);
            _held = new HeldLogs(held, roots.Ids, roots.Delegates.Of(held));
            calls = [.. _calls];
        }

        foreach (var call in calls)
        {
            call.Wake();
        }
    }

    private sealed record Roots(HashSet<string> Ids)
    {
        public DelegateWatch Delegates { get; } = new(Ids);
    }
}
