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

    public Publisher(ExchangeContext context, Spreading spreading, HoldBarrier barrier, BatchSigner sign, ulong epoch)
    {
        _context = context;
        _spreading = spreading;
        _barrier = barrier;
        _sign = sign;
        _self = context.FindOrAdd(context.Self.Origin)!;
        _self.Learn(context.Self);
        Epoch = Math.Max(epoch, _self.Epoch + 1);
        if (Epoch != epoch)
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
        {
            var batch = Batch.Sign(new BatchKey(_self.Id, Epoch, seq), _context.TimeOfDay, counts, _sign);
            _self.Open(Epoch, _context.Now)!.TryAdd(seq);
            _self.Came(_context.Now, _context.Now);
            _context.Consider(_self);
            _context.Kept.Add(batch, _context.Now, _context.Now);
            _barrier.Published = seq++;
            _spreading.Forward(_self, batch, from: null);
        }
    }

    public void SendAck(Link link)
    {
        var origin = _context.Find(link.Member.Origin);
        _context.Send(link, new AckFrame(origin?.Epoch ?? 0, origin?.Window?.Contiguous ?? 0, Epoch, _context.Outbox.CountedSeq));
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
        _self.Open(Epoch, _context.Now);
        _context.Outbox.StartEpoch();
        _barrier.StartEpoch();
        _context.Effects.Add(new EpochRaised(Epoch));
    }
}
