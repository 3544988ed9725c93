using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>What the exchange keeps on disk beside the counts: its epoch, and which members equivocated.</summary>
internal sealed class ExchangeStore(EpochFile epochs, EvictionFile evictions, ExchangeLog log)
{
    /// <summary>The epoch of this start, stored.</summary>
    /// <exception cref="IOException">It cannot be stored.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be stored.</exception>
    public ulong NextEpoch() => epochs.Next();

    public string EpochPath => epochs.Path;

    /// <inheritdoc cref="EvictionFile.Read"/>
    public IReadOnlyList<(Member Member, EquivocationProof Proof)> Evicted() => evictions.Read();

    /// <summary>Stores a raised epoch. The node goes on if that fails; the log says so.</summary>
    public void StoreEpoch(ulong epoch)
    {
        log.EpochRaised(epoch);
        Try(epochs.Path, () => epochs.Store(epoch));
    }

    /// <summary>Stores an eviction. The node goes on if that fails; the log says so.</summary>
    public void StoreEviction(Member member, EquivocationProof proof)
    {
        log.Evicted(member.Origin.ToString());
        Try(evictions.Path, () => evictions.Add(member, proof));
    }

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
