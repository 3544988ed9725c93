using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Feed;

/// <summary>
/// Finds the keys that roots have delegated to at any time. Statements of a root after its log forked do not count. When a log has only
/// grown, only its new part is read. Not thread-safe.
/// </summary>
/// <param name="roots">The roots' key ids.</param>
public sealed class DelegateWatch(IReadOnlySet<string> roots)
{
    private readonly Dictionary<string, (AuthorLog Log, HashSet<string> Delegates)> _seen = [];
    private IReadOnlySet<string> _all = new HashSet<string>();

    /// <summary>The ids of the keys.</summary>
    /// <param name="logs">All logs that are held now, by author.</param>
    public IReadOnlySet<string> Of(IReadOnlyDictionary<string, AuthorLog> logs)
    {
        var isChanged = false;
        foreach (var root in roots)
        {
            isChanged |= Look(root, logs.GetValueOrDefault(root) ?? AuthorLog.None(root));
        }

        _all = isChanged ? _seen.Values.SelectMany(seen => seen.Delegates).ToHashSet() : _all;
        return _all;
    }

    private bool Look(string root, AuthorLog log)
    {
        var isKnown = _seen.TryGetValue(root, out var seen);
        if (isKnown && ReferenceEquals(seen.Log, log))
        {
            return false;
        }

        var goesOn = isKnown && seen.Log.FirstFork == log.FirstFork && log.HashAt(seen.Log.Head.Seq) == seen.Log.Head.Hash;
        HashSet<string> delegates = goesOn ? seen.Delegates : [];
        var isChanged = !goesOn;
        var end = Math.Min(log.Head.Seq, log.FirstFork - 1 ?? long.MaxValue);
        for (var place = goesOn ? seen.Log.Head.Seq : 0; place < end; place++)
        {
            var statement = log.Log.Statements[(int)place].Statement;
            isChanged |= statement.Action == TrustAction.Delegate && delegates.Add(statement.Delegate!);
        }

        _seen[root] = (log, delegates);
        return isChanged;
    }
}
