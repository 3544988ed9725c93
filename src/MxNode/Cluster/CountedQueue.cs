using System.Collections.Concurrent;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// What this node counted in its ledger and its loop has not taken yet. A copy of the ledger must not contain it: it comes to the copy's reader through the
/// log as well. Thread-safe.
/// </summary>
internal sealed class CountedQueue(ClusterInputs inputs, CountingGate gate)
{
    private readonly ConcurrentQueue<Action<ClusterLoop>> _queue = new();

    /// <summary>Hands a count on to the loop, within the same <see cref="CountingGate.Count"/> in which the ledger counted it.</summary>
    public void Add(Action<ClusterLoop> count)
    {
        _queue.Enqueue(count);
        inputs.Post(Take);
    }

    /// <summary>Does something, in the loop, while the ledger has nothing that the loop has not taken.</summary>
    public T WhenTaken<T>(ClusterLoop loop, Func<T> action) => gate.Alone(() =>
    {
        Take(loop);
        return action();
    });

    private void Take(ClusterLoop loop)
    {
        while (_queue.TryDequeue(out var count))
        {
            count(loop);
        }
    }
}
