namespace ThrottleNet.MxNode.Cluster.News;

/// <summary>Changes at this node that its cluster has not been sent yet. Thread-safe, bounded: what does not fit is left out.</summary>
/// <param name="most">Changes.</param>
internal sealed class NewsBuffer<T>(int most)
{
    private readonly Lock _lock = new();
    private List<T> _changes = [];

    public void Add(T change)
    {
        lock (_lock)
        {
            if (_changes.Count < most)
            {
                _changes.Add(change);
            }
        }
    }

    /// <summary>Takes all changes, in their order.</summary>
    public IReadOnlyList<T> TakeAll()
    {
        lock (_lock)
        {
            if (_changes.Count == 0)
            {
                return [];
            }

            var taken = _changes;
            _changes = [];
            return taken;
        }
    }
}
