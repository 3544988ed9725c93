using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Feed;

/// <summary>
/// Finds the keys that roots have delegated to at any time. From the first seq on that two different statements of a root have, its
/// delegations do not count; as in <see cref="Folding.ListFold"/>, one statement that was signed twice is none such. When a log has only
/// grown, only its new part is read. Not thread-safe.
/// </summary>
/// <param name="roots">The roots' key ids.</param>
public sealed class DelegateWatch(IReadOnlySet<string> roots)
{
    private readonly Dictionary<string, (AuthorLog Log, long FrozenFrom, HashSet<string> Delegates)> _seen = [];
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

        var frozenFrom = FrozenFrom(log);
        var goesOn = isKnown && seen.FrozenFrom == frozenFrom && log.HashAt(seen.Log.Head.Seq) == seen.Log.Head.Hash;
        HashSet<string> delegates = goesOn ? seen.Delegates : [];
        var isChanged = !goesOn;
        var end = Math.Min(log.Head.Seq, frozenFrom - 1);
        for (var place = goesOn ? seen.Log.Head.Seq : 0; place < end; place++)
        {
            isChanged |= Add(log.Log.Statements[(int)place].Statement);
        }

        // After a statement that was signed twice, the lines of one of the branches are among the contradicting ones.
        foreach (var fork in log.Forks.Where(fork => fork.Statement.Seq < frozenFrom))
        {
            isChanged |= Add(fork.Statement);
        }

        _seen[root] = (log, frozenFrom, delegates);
        return isChanged;

        bool Add(Statement statement) => statement.Action == TrustAction.Delegate && delegates.Add(statement.Delegate!);
    }

    private static long FrozenFrom(AuthorLog log)
    {
        var first = long.MaxValue;
        var beyond = new Dictionary<long, Statement>();
        foreach (var fork in log.Forks.Select(fork => fork.Statement))
        {
            var other = fork.Seq <= log.Head.Seq ? log.Log.Statements[(int)fork.Seq - 1].Statement
                : beyond.TryAdd(fork.Seq, fork) ? fork
                : beyond[fork.Seq];
            first = fork == other ? first : Math.Min(first, fork.Seq);
        }

        return first;
    }
}
