using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Whether an author's log is whole; one of the answer of /api/trust/verify.</summary>
/// <param name="Path">The log's file, on the machine that verified it.</param>
/// <param name="Author">The key's id; null when the file's header is damaged.</param>
/// <param name="Statements">Statements up to the first fault.</param>
/// <param name="Sound">No statement was changed, left out or forged, and none is incomplete.</param>
/// <param name="Faults">What is wrong, a line each.</param>
internal sealed record VerifyReport(string Path, string? Author, int Statements, bool Sound, IReadOnlyList<string> Faults)
{
    /// <summary>Verifies every octet of all logs in a folder: nothing that was read before counts.</summary>
    public static IReadOnlyList<VerifyReport> OfAll(string folder, IEnumerable<string> roots, TimeProvider clock)
    {
        var store = new TrustStore(folder, clock);
        var state = TrustState.Load(store, roots, clock.GetUtcNow());
        return [.. state.Logs.Select(pair => Of(store.LogPath(pair.Key), pair.Value, ForkProblems(store, state, pair.Key)))];
    }

    private static VerifyReport Of(string path, LogReading reading, IEnumerable<string> more)
    {
        List<string> faults = [.. reading.Faults.Select(fault => $"{fault}"), .. more];
        if (reading.Torn is not null)
        {
            faults.Add($"{reading.Torn}; the next statement puts it aside");
        }

        return new(path, reading.Key?.Id, reading.Statements.Count, reading.Key is not null && faults.Count == 0, faults);
    }

    private static IEnumerable<string> ForkProblems(TrustStore store, TrustState state, string author)
    {
        foreach (var fork in state.List.Forks.Where(fork => fork.Author == author))
        {
            yield return $"the log has forked at seq {fork.Seq}: two statements have that place, the other is in {store.ForksPath(author)}";
        }

        foreach (var fault in state.Forks.GetValueOrDefault(author)?.Faults ?? [])
        {
            yield return $"{store.ForksPath(author)}, {fault}";
        }
    }
}
