using System.Collections.Concurrent;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The shards that one silo hosts. Thread-safe.</summary>
internal sealed class HostedShards
{
    private readonly ConcurrentDictionary<long, HostedShard> _shards = new();

    public int Count => _shards.Count;

    /// <summary>Entries in the logs of these shards.</summary>
    public int Entries => _shards.Values.Sum(s => s.Length);

    /// <summary>A shard was activated here.</summary>
    public void Add(long shard, HostedShard hosted) => _shards[shard] = hosted;

    /// <summary>An activation ended. A later activation of the same shard stays.</summary>
    public void Remove(long shard, HostedShard hosted) => _shards.TryRemove(KeyValuePair.Create(shard, hosted));

    /// <summary>Pushes to a shard; null if it is not here, or has just moved.</summary>
    public PushReply? Push(long shard, Push push) => _shards.GetValueOrDefault(shard)?.Push(push);
}
