using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <param name="Batch">The batch as received.</param>
/// <param name="Time">When it was published, by this node's clock.</param>
internal readonly record struct KeptBatch(Batch Batch, long Time);

/// <summary>The batches of the last two minutes, for neighbours that missed them. Bounded in octets; the oldest are removed first.</summary>
internal sealed class KeptBatches(long keepFor, long maxSize)
{
    // Octets of the objects around a body, approximately.
    private const int Overhead = 400;

    private readonly Dictionary<BatchKey, KeptBatch> _byKey = [];
    private readonly Dictionary<ulong, BatchKey> _byId = [];
    private readonly Queue<(Batch Batch, long Until)> _inOrder = [];
    private long _size;

    public IReadOnlyCollection<KeptBatch> All => _byKey.Values;

    /// <param name="when">When it was published, by this node's clock.</param>
    public IEnumerable<Batch> AddedSince(long when) => _inOrder.Where(b => b.Until - keepFor >= when).Select(b => b.Batch);

    public bool Contains(ulong announceId) => _byId.ContainsKey(announceId);

    public KeptBatch? Find(ulong announceId) => _byId.TryGetValue(announceId, out var key) ? Find(key) : null;

    public KeptBatch? Find(in BatchKey key) => _byKey.TryGetValue(key, out var kept) ? kept : null;

    /// <param name="batch">A batch that was just applied.</param>
    /// <param name="time">When it was published, by our clock.</param>
    /// <param name="now">Ours.</param>
    public void Add(Batch batch, long time, long now)
    {
        if (!_byId.TryAdd(batch.AnnounceId, batch.Key))
            return; // another batch has the same short id: this is too rare to handle
        _byKey.Add(batch.Key, new KeptBatch(batch, time));
        _inOrder.Enqueue((batch, now + keepFor));
        _size += SizeOf(batch);
        while (_size > maxSize)
            RemoveOldest();
    }

    public void Expire(long now)
    {
        while (_inOrder.TryPeek(out var oldest) && oldest.Until <= now)
            RemoveOldest();
    }

    public static int SizeOf(Batch batch) => batch.Body.Length + Overhead;

    private void RemoveOldest()
    {
        var (batch, _) = _inOrder.Dequeue();
        _byId.Remove(batch.AnnounceId);
        _byKey.Remove(batch.Key);
        _size -= SizeOf(batch);
    }
}
