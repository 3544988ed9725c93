using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust;

/// <summary>All logs of a store as they were read at one moment, and the list they fold to.</summary>
/// <param name="Logs">By author.</param>
/// <param name="Forks">Lines that contradict a log, by author; only authors that have some.</param>
/// <param name="List">The fold.</param>
internal sealed record TrustState(
    IReadOnlyDictionary<string, LogReading> Logs,
    IReadOnlyDictionary<string, LogReading> Forks,
    FoldedList List)
{
    /// <summary>Every statement that may count, of all authors.</summary>
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
