using System.Collections.Concurrent;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster.News;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Takes this node's counts to the cluster, and tells sessions when an attempt has its place in the order. Thread-safe; never waits.</summary>
internal sealed class ClusterCounts(CountedQueue counted, NewsBuffer<RetryNote> retries, TimeProvider time) : ISharedCounts, IHoldGate
{
    private readonly ConcurrentDictionary<ulong, ClusterAttempt> _waiting = new();
    private ulong _last;

    /// <summary>A cluster orders each attempt apart, so the last number says nothing about the others.</summary>
    public ulong CountedSeq => 0;

    public bool IsAlone => false;

    public ulong Add(IpBlock host) => Add(host, CountEntry.PerUnit);

    public ulong AddRetry(IpBlock host) => Add(host, 1);

    public void AddCharge(IpBlock host, uint quarters) =>
        counted.Add(loop => loop.Count(new CountEntry(host.Supplement.Key, Supplement.OfCharge(quarters))));

    public void AddBadRecipient(IpBlock host) => counted.Add(loop => loop.CountBadRecipient(new CountEntry(host.Key, CountEntry.PerUnit)));

    public void Remember(in RetryNote note) => retries.Add(note);

    public AttemptOrder? OrderOf(ulong attempt) => _waiting.GetValueOrDefault(attempt)?.Order;

    public Task WhenComplete(ulong batch) => _waiting.GetValueOrDefault(batch)?.Decided.Task ?? Task.CompletedTask;

    /// <summary>The attempt is decided, or it never will be.</summary>
    public void Remove(ClusterAttempt attempt) => _waiting.TryRemove(attempt.Id, out _);

    private ulong Add(IpBlock host, uint quarters)
    {
        var attempt = new ClusterAttempt(Interlocked.Increment(ref _last), host, time.GetTimestamp());
        _waiting.TryAdd(attempt.Id, attempt);
        counted.Add(loop => loop.Register(attempt, new CountEntry(host.Key, quarters)));
        return attempt.Id;
    }
}
