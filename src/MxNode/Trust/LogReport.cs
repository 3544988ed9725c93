namespace ThrottleNet.MxNode.Trust;

/// <summary>Writes the faults of the trust logs to the node's log: each fault once, not each time the files are read.</summary>
internal sealed class LogReport(TrustStore store, ILogger log)
{
    private HashSet<object> _reported = [];

    public void Report(TrustState state)
    {
        var before = _reported;
        _reported = [];
        foreach (var (author, reading) in state.Logs)
        {
            var path = store.LogPath(author);
            foreach (var fault in reading.Faults.Where(fault => IsNew((path, fault))))
            {
                log.Damaged(path, fault);
            }

            if (reading.Torn is { } torn && IsNew((path, torn)))
            {
                log.Torn(path, torn);
            }
        }

        foreach (var fork in state.List.Forks.Where(fork => IsNew(fork)))
        {
            log.Forked(fork);
        }

        bool IsNew(object fault) => _reported.Add(fault) && !before.Contains(fault);
    }
}
