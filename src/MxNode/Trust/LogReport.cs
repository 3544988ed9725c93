namespace ThrottleNet.MxNode.Trust;

/// <summary>Says what is wrong with the logs: once, not each time they are read.</summary>
internal sealed class LogReport(TrustStore store, ILogger log)
{
    private HashSet<object> _told = [];

    public void Tell(TrustState state)
    {
        var told = _told;
        _told = [];
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

        bool IsNew(object fact) => _told.Add(fact) && !told.Contains(fact);
    }
}
