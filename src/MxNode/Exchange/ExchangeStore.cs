using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// The exchange's files beside the counts: its epoch, and the evicted members. Called from the exchange's loop, which must not wait for the disk, so
/// writes are done one after another on a thread of their own.
/// </summary>
internal sealed class ExchangeStore(EpochFile epochs, EvictionFile evictions, ExchangeLog log)
{
    private Task _writes = Task.CompletedTask;

    /// <summary>Ends when all writes so far are done, or given up.</summary>
    public Task Written => Volatile.Read(ref _writes);

    /// <summary>The epoch of this start, stored.</summary>
    /// <exception cref="IOException">It cannot be stored.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be stored.</exception>
    public ulong NextEpoch() => epochs.Next();

    public string EpochPath => epochs.Path;

    /// <inheritdoc cref="EvictionFile.Read"/>
    public IReadOnlyList<(Member Member, EquivocationProof Proof)> Evicted() => evictions.Read();

    /// <summary>Stores a raised epoch. If that fails, the node logs it and continues.</summary>
    public void StoreEpoch(ulong epoch)
    {
        log.EpochRaised(epoch);
        Enqueue(epochs.Path, () => epochs.Store(epoch));
    }

    /// <summary>Stores an eviction. If that fails, the node logs it and continues.</summary>
    public void StoreEviction(Member member, EquivocationProof proof)
    {
        log.Evicted(member.Origin.ToString());
        Enqueue(evictions.Path, () => evictions.Add(member, proof));
    }

    private void Enqueue(string path, Action store) =>
        _writes = _writes.ContinueWith(_ => Try(path, store), CancellationToken.None, TaskContinuationOptions.LongRunning, TaskScheduler.Default);

    private void Try(string path, Action store)
    {
        try
        {
            store();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.NotStored(path, e.Message);
        }
    }
}
