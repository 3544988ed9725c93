using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Publishes this node's own batches, and acknowledges the others'.</summary>
internal sealed class Publisher
{
    private readonly ExchangeContext _context;
    private readonly Spreading _spreading;
    private readonly HoldBarrier _barrier;
    private readonly BatchSigner _sign;
    private readonly OriginState _self;
    private long _next;

    // The cluster's numbers go on over an epoch of this origin, whose first batch has the seq 1.
    private ulong _before;
    private ulong _given;
    private ulong? _promise;

    public Publisher(ExchangeContext context, Spreading spreading, HoldBarrier barrier, ExchangeStart start)
    {
        _context = context;
        _spreading = spreading;
        _barrier = barrier;
        _sign = start.Sign;
        _self = context.FindOrAdd(context.Self.Origin)!;
        _self.Learn(context.Self);
        Epoch = Math.Max(start.Epoch, _self.Epoch + 1);
        if (Epoch != start.Epoch)
            context.Effects.Add(new EpochRaised(Epoch));
        _self.Open(Epoch, _context.Now);
    }

    public ulong Epoch { get; private set; }

    public void Tick()
    {
        if (_context.Now >= _next)
            Publish();
    }

    /// <summary>Publishes what was counted since the last batch, if anything.</summary>
    public void Publish()
    {
        var contents = _context.Outbox.Take(out var seq);
        if (contents.Count == 0)
            return;
        _next = _context.Now + _context.Settings.BatchInterval;
        foreach (var counts in contents)
            Publish(seq++, counts, _context.Now);
    }

    /// <summary>Publishes a batch that the cluster gave.</summary>
    /// <param name="number">From 1, without gaps in all epochs of this process.</param>
    /// <param name="counts">Empty for a promised batch whose counts another gateway reported.</param>
    public void Publish(ulong number, BatchCounts counts)
    {
        _given = number;
        Publish(number - _before, counts, _context.Now);
    }

    /// <summary>The number of the own batch that carries everything which the cluster had before the batches that are ordered so far; null while there is none.</summary>
    public void Promise(ulong? number) => _promise = number;

    /// <summary>The cluster's number of an own batch.</summary>
    public ulong NumberOf(ulong seq) => seq + _before;

    /// <summary>Acknowledges a neighbour's batches. While a gateway can promise no own batch, it repeats its last acknowledgement as a sign of life.</summary>
    public void SendAck(Link link)
    {
        var origin = _context.Find(link.Member.Origin);
        var epoch = origin?.Epoch ?? 0;
        ulong? own = !_context.Settings.IsGateway ? _context.Outbox.CountedSeq : _promise is { } promise ? promise - Math.Min(promise, _before) : null;
        if (own is { } seq)
            link.LastAck = new AckFrame(epoch, origin?.ContiguousOf(epoch) ?? 0, Epoch, seq);
        _context.Send(link, link.LastAck ?? new AckFrame(0, 0, Epoch, 0));
    }

    /// <summary>
    /// Handles a batch with this node's signature that it did not publish since its start. From an earlier epoch, it is counted as the node's own history.
    /// Otherwise the stored epoch was lost. The node then continues above the epoch it saw: a reused seq would count as an equivocation.
    /// </summary>
    public void SeenOwn(in BatchKey key)
    {
        if (key.Epoch < Epoch)
            return;
        Epoch = key.Epoch + 1;
        (_before, _promise) = (_given, null);
        _self.Open(Epoch, _context.Now);
        _context.Outbox.StartEpoch();
        _barrier.StartEpoch();
        _context.Effects.Add(new EpochRaised(Epoch));
    }

    private void Publish(ulong seq, BatchCounts counts, long now)
    {
        var batch = Batch.Sign(new BatchKey(_self.Id, Epoch, seq), _context.TimeOfDay, counts, _sign);
        _self.Open(Epoch, now)!.TryAdd(seq);
        _self.Came(now, now);
        _context.Consider(_self);
        _context.Kept.Add(batch, now, now);
        _barrier.Published = seq;
        _spreading.Forward(_self, batch, from: null);
    }
}
