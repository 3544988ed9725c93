using System.Collections.Concurrent;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// What this node counted in its ledger and its loop has not taken yet. A copy of the ledger must not contain it: it comes to the copy's reader through the
/// log as well. Thread-safe.
/// </summary>
internal sealed class CountedQueue(ClusterInputs inputs)
{
    // Counts that the thread of one session takes for others too.
    private const int MostAtOnce = 256;

    private readonly ConcurrentQueue<Action<ClusterLoop>> _queue = new();

    /// <summary>Notes a count, within the same <see cref="CountingGate.Count"/> in which the ledger counted it.</summary>
    public void Add(Action<ClusterLoop> count) => _queue.Enqueue(count);

    /// <summary>Hands what was counted on to the loop. Called outside of the <see cref="CountingGate"/>, which the loop may wait for.</summary>
    public void Flush()
    {
        if (!_queue.IsEmpty)
        {
            inputs.Do(TakeSome);
        }
    }

    /// <summary>Does something, in the loop, while the ledger has nothing that the loop has not taken.</summary>
    public T WhenTaken<T>(CountingGate gate, ClusterLoop loop, Func<T> action) => gate.Alone(() =>
    {
        Take(loop);
        return action();
    });

    private void TakeSome(ClusterLoop loop)
    {
        for (var taken = 0; taken < MostAtOnce && _queue.TryDequeue(out var count); taken++)
        {
            count(loop);
        }

        if (!_queue.IsEmpty)
        {
            inputs.Post(Take);
        }
    }

    private void Take(ClusterLoop loop)
    {
        while (_queue.TryDequeue(out var count))
        {
            count(loop);
        }
    }
}
