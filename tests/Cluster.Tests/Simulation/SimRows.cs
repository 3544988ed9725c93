using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>One node's ledger of one shard: units by host block. Each attempt has its own host block.</summary>
internal sealed class SimRows
{
    private readonly Dictionary<ulong, long> _quarters;

    public SimRows() => _quarters = [];

    private SimRows(Dictionary<ulong, long> quarters) => _quarters = quarters;

    public IdSet Ids { get; } = new();

    public IReadOnlyDictionary<ulong, long> Quarters => _quarters;

    public SimRows Clone()
    {
        var clone = new SimRows(new Dictionary<ulong, long>(_quarters));
        clone.Ids.Union(Ids);
        return clone;
    }

    public void Add(BatchCounts counts)
    {
        foreach (var entry in counts.Attempts)
            Add(entry.Key, entry.Quarters);
    }

    public void Subtract(BatchCounts counts)
    {
        foreach (var entry in counts.Attempts)
            Add(entry.Key, -entry.Quarters);
    }

    public void Subtract(ulong key, long quarters) => Add(key, -quarters);

    /// <summary>Raises every count to another ledger's.</summary>
    public void Raise(SimRows other)
    {
        foreach (var (key, quarters) in other._quarters)
            Add(key, Math.Max(0, quarters - _quarters.GetValueOrDefault(key)));
    }

    public void Add(ulong key, long quarters)
    {
        var sum = _quarters.GetValueOrDefault(key) + quarters;
        if (sum == 0)
        {
            _quarters.Remove(key);
            Ids.Remove(Keys.NumberOf(key));
        }
        else
        {
            _quarters[key] = sum;
            Ids.Add(Keys.NumberOf(key));
        }
    }
}
