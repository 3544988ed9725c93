namespace ThrottleNet.MxNode.Doctor;

/// <summary>Reports which groups of checks are still running. Thread-safe.</summary>
internal sealed class RunningGroups(IEnumerable<string> groups, IProgress<string>? progress)
{
    private readonly Lock _lock = new();
    private readonly List<string> _running = [.. groups];

    public void End(string group)
    {
        lock (_lock)
        {
            _running.Remove(group);
            if (_running.Count > 0)
            {
                progress?.Report(string.Join("; ", _running.Distinct()));
            }
        }
    }
}
