using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>A shard's parts of peers' batches that this gateway pushes and has not read back.</summary>
internal sealed class OwnBatches(NodeContext context, int shard)
{
    private readonly Dictionary<PeerBatchKey, (BatchEntry Entry, long? Through)> _batches = [];

    public int Count => _batches.Count;

    public IEnumerable<BatchEntry> Entries => _batches.Values.Select(b => b.Entry);

    public bool Add(BatchEntry entry) => _batches.TryAdd(entry.Key, (entry, null));

    /// <summary>A log took them; they lie below its end.</summary>
    public void Taken(IEnumerable<BatchEntry> entries, long end)
    {
        foreach (var entry in entries)
        {
            if (_batches.ContainsKey(entry.Key))
                _batches[entry.Key] = (entry, end);
        }
    }

    /// <summary>The node read the log up to the cursor: what it pushed before is read back, or the log had it earlier.</summary>
    public void ReadUpTo(long cursor)
    {
        foreach (var (key, _) in _batches.Where(b => b.Value.Through <= cursor).ToList())
            Read(key);
    }

    public void Read(PeerBatchKey key)
    {
        if (_batches.Remove(key))
            context.Gateway?.PartOrdered(shard, key);
    }

    /// <summary>The node reads another generation.</summary>
    public void Forget()
    {
        foreach (var (key, (entry, _)) in _batches.ToList())
            _batches[key] = (entry, null);
    }
}
