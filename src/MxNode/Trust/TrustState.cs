using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust;

/// <summary>All logs of a store as they were read at one moment, and the list that they fold to.</summary>
/// <param name="Logs">The logs by author.</param>
/// <param name="Forks">The lines that contradict a log, by author. Authors without such lines are left out.</param>
/// <param name="List">The folded list.</param>
internal sealed record TrustState(
    IReadOnlyDictionary<string, LogReading> Logs,
    IReadOnlyDictionary<string, LogReading> Forks,
    FoldedList List)
{
    /// <summary>Every statement of all authors that may count.</summary>
    public IEnumerable<Statement> Statements =>
        Logs.Values.SelectMany(reading => reading.Counting).Concat(Forks.Values.SelectMany(forks => forks.Unchained).Select(signed => signed.Statement));

    public static TrustState Load(TrustStore store, IEnumerable<string> roots, DateTimeOffset now)
    {
        var stored = store.ReadAll();
        var state = new TrustState(
            stored.ToDictionary(pair => pair.Key, pair => pair.Value.Log.Log),
            stored.Where(pair => pair.Value.Forks is not null).ToDictionary(pair => pair.Key, pair => pair.Value.Forks! with { Unchained = [.. pair.Value.Log.Forks] }),
            FoldedList.Empty);
        return state with { List = ListFold.Fold(state.Statements, roots.ToHashSet(), now) };
    }
}
