using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>What a node has to push to one shard, in order, and the push that is not answered yet. There is one at a time.</summary>
internal sealed class PushQueue(NodeContext context)
{
    private readonly List<LogEntry> _entries = [];
    private Push? _unanswered;
    private bool _calling;
    private bool _hurry;
    private long _next;
    private long _number;
    private (Generation? Generation, ClusterView View) _known = (null, ClusterView.Empty);

    /// <summary>The number of the last push.</summary>
    public long Number => _number;

    /// <summary>The last call failed, so the generation may be dead.</summary>
    public bool Failed { get; private set; }

    public bool IsEmpty => _entries.Count == 0;

    /// <summary>A call may be made: none is under way, and there is something to push, or a poll or a repetition is due.</summary>
    public bool IsDue => !_calling && (context.Now >= _next || (!Failed && _hurry));

    /// <summary>The next call is a repetition.</summary>
    public bool IsRepetition => _unanswered is not null;

    public void Add(LogEntry entry)
    {
        _entries.Add(entry);
        _hurry = true;
    }

    /// <summary>Call without waiting for the next poll.</summary>
    public void Hurry() => _hurry = true;

    public void Replace(IEnumerable<LogEntry> entries)
    {
        _entries.Clear();
        _entries.AddRange(entries);
        Drop();
    }

    /// <summary>Its answer is of no interest any more.</summary>
    public void Drop() => (_unanswered, _calling, Failed, _hurry) = (null, false, false, true);

    public HashSet<LogEntry> Entries() => new(_entries, ReferenceEqualityComparer.Instance);

    /// <summary>The push to send now: the unanswered one again, or what is queued.</summary>
    public Push Next(Generation? generation, long cursor, ImmutableArray<ForgottenMark> forgotten, bool canResend)
    {
        _calling = true;
        _hurry = false;
        if (_unanswered is { } repeated)
            return repeated;
        var isKnown = generation is not null && generation == _known.Generation;
        _unanswered = new Push(
            context.Self,
            ++_number,
            generation,
            cursor,
            generation is null ? [] : [.. _entries.Take(ClusterLimits.MaxPushEntries)],
            canResend && (generation is null ? IsEmpty : _entries.Count <= ClusterLimits.MaxPushEntries),
            context.Links,
            isKnown && ReferenceEquals(context.View, _known.View) ? null : context.View,
            isKnown ? [] : forgotten);
        return _unanswered;
    }

    /// <summary>An answer came.</summary>
    /// <returns>The answered push; null if the answer is that of an earlier push.</returns>
    public Push? TakeAnswered(long number, PushReply reply)
    {
        if (_unanswered is not { } push || push.Number != number)
            return null;
        (_unanswered, _calling, Failed) = (null, false, false);
        _next = NextPoll();
        if (push.View is not null)
            _known = (reply.Generation, push.View);
        else if (_known.Generation != reply.Generation)
            _known = (null, ClusterView.Empty);
        if (reply is PushTaken)
            _entries.RemoveRange(0, push.Entries.Length);
        return push;
    }

    public void Fail(long number)
    {
        if (_unanswered?.Number != number)
            return;
        (_calling, Failed) = (false, true);
        _next = context.Now + ClusterLimits.RetryInterval;
    }

    // The polls of all shards are due at the same moments, so that the host makes one call for all shards of a silo.
    private long NextPoll() => ((context.Now / context.Settings.Poll) + 1) * context.Settings.Poll;
}
