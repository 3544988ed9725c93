using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// One node's side of the exchange, as a state machine: links, frames and ticks go in, effects come out. It owns no socket, reads no
/// clock (times are steady milliseconds, see <see cref="ClockOffset"/>) and draws randomness only from the given source, so the same inputs give the same effects.
/// Not thread-safe: its host gives it one input at a time, and carries out the effects of each before the next.
/// </summary>
public sealed class ExchangeCore
{
    /// <summary>The interval at which the host calls <see cref="Tick"/>, in milliseconds.</summary>
    public const int TickInterval = 100;

    private const int ChoresInterval = 1000;

    private readonly ExchangeContext _context;
    private readonly Repairs _repairs;
    private readonly Spreading _spreading;
    private readonly AntiEntropy _antiEntropy;
    private readonly SnapshotServer _snapshotServer;
    private readonly SnapshotClient _snapshotClient;
    private readonly ViewKeeper _view;
    private readonly HoldBarrier _barrier;
    private readonly Evictions _evictions;
    private readonly Publisher _publisher;
    private readonly Intake _intake;
    private readonly LinkCloser _closer;
    private readonly LinkGreeter _greeter;
    private readonly LinkChores _linkChores;
    private readonly OperatorCount _operators;
    private readonly bool _hasCounts;
    private long? _started;
    private long _nextChores;
    private long _nextDigest;

    /// <param name="settings">Limits and intervals.</param>
    /// <param name="start">This start of the node.</param>
    /// <param name="outbox">The counts that this node publishes.</param>
    /// <param name="admit">Checks certificates that neighbours pass on.</param>
    /// <param name="random">A source of its own.</param>
    public ExchangeCore(ExchangeSettings settings, ExchangeStart start, Outbox outbox, MemberAdmission admit, Random random)
    {
        _context = new ExchangeContext(settings, start.Self, outbox, random);
        _repairs = new Repairs(_context);
        _spreading = new Spreading(_context, _repairs);
        _antiEntropy = new AntiEntropy(_context, _repairs);
        _snapshotServer = new SnapshotServer(_context);
        _view = new ViewKeeper(_context);
        _barrier = new HoldBarrier(_context);
        _evictions = new Evictions(_context, admit);
        _context.FindOrAdd(Origin);
        foreach (var range in start.Restored)
            _context.FindOrAddUnverified(range.Origin);
        foreach (var range in start.Restored.OrderBy(r => r.Epoch))
            _context.Find(range.Origin)?.Restore(range);
        _publisher = new Publisher(_context, _spreading, _barrier, start);
        _snapshotClient = new SnapshotClient(_context, _repairs, _publisher);
        _intake = new Intake(_context, _spreading, _evictions, _publisher, admit);
        _closer = new LinkCloser(_context, _view, _snapshotServer);
        _greeter = new LinkGreeter(_context, _closer, _view, _spreading, _barrier);
        _linkChores = new LinkChores(_context, _closer, _publisher);
        _operators = new OperatorCount(_context);
        _hasCounts = start.Restored.Count > 0;
        _antiEntropy.SnapshotNeeded = !_hasCounts;
    }

    /// <summary>
    /// Milliseconds from the times that the host gives to the time of day since 1970. The times given never step, so that no timer stalls; this offset
    /// changes when the system's clock was set, or the machine was suspended.
    /// </summary>
    public long ClockOffset
    {
        get => _context.ClockOffset;
        set
        {
            if (value == _context.ClockOffset)
                return;
            _context.ClockOffset = value;
            foreach (var origin in _context.Origins)
                origin.ClockSet();
        }
    }

    public OriginId Origin => _context.Self.Origin;

    public ulong Epoch => _publisher.Epoch;

    /// <summary>Whether no neighbour is live, so that there is nothing to hold for.</summary>
    public bool IsAlone => _barrier.IsAlone;

    /// <summary>Whether a neighbour of another operator is live.</summary>
    public bool IsLinked => _barrier.IsLinked;

    /// <summary>Whether the hold can be exact. In a large network, and while a live node has no link with this one, it takes its full time.</summary>
    public bool IsMesh => _context.IsMesh;

    /// <summary>The largest difference between two nodes' clocks that is corrected, in milliseconds.</summary>
    public int MaxSkew => _context.Settings.MaxSkew;

    /// <summary>The other operators; their number bounds how many of their reports are trimmed.</summary>
    public ActiveOperators Operators => _operators.Heard;

    /// <summary>The neighbours, for the operator.</summary>
    public IEnumerable<NeighbourStatus> Neighbours => _context.Links.All.Select(l =>
        new NeighbourStatus(l.Id, l.Member.Origin, l.Member.Operator, l.ReachedAt, l.Outgoing, l.Ready, l.LastReceived, _context.Find(l.Member.Origin)?.Skew));

    /// <summary>
    /// The batches that are applied so far, to be stored with the counts of this moment. Own counts that are not published yet are published first:
    /// otherwise they would be added twice when their batch comes back after a restart.
    /// </summary>
    public IReadOnlyList<AppliedRange> Export(long now)
    {
        Enter(now);
        _publisher.Publish();
        return [.. _context.Origins.OrderBy(o => o.Unverified is not null).SelectMany(o => o.AppliedRanges())]; // origins with a certificate come first, because a reader may have no room for all
    }

    /// <summary>Moves the effects since the last call, in order, to the end of a list.</summary>
    public void TakeEffects(List<Effect> effects)
    {
        effects.AddRange(_context.Effects);
        _context.Effects.Clear();
    }

    /// <summary>All addresses from the configuration and from the DNS, as they are now; the core goes on trying them.</summary>
    public void Know(long now, IEnumerable<string> seeds)
    {
        Enter(now);
        _view.Know(seeds);
    }

    /// <summary>
    /// The cluster of this gateway has ordered a batch, so it may be acknowledged, together with the promise of an own batch.
    /// </summary>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="key">A batch of <see cref="ApplyBatch"/>.</param>
    /// <param name="promise">As in <see cref="Promise"/>.</param>
    public void Ordered(long now, in BatchKey key, ulong? promise)
    {
        Enter(now);
        if (_context.Find(key.Origin) is not { } origin || !origin.TryOrder(key.Epoch, key.Seq))
            return;
        _context.Unordered--;
        _publisher.Promise(promise);
        if (_context.IsMesh && _context.Links.Of(key.Origin) is { } direct)
            _publisher.SendAck(direct);
        _barrier.Update();
    }

    /// <summary>The cluster of this gateway has read on.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="number">The number of the own batch that carries everything read so far; null while no number is known.</param>
    public void Promise(long now, ulong? number)
    {
        Enter(now);
        _publisher.Promise(number);
        if (number is null || !_context.IsMesh)
            return;
        foreach (var link in _context.Links.Ready.ToList())
            _publisher.SendAck(link);
    }

    /// <summary>Publishes a batch that the cluster of this gateway gave.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="number">From 1, without gaps.</param>
    /// <param name="counts">The counts.</param>
    public void Publish(long now, ulong number, BatchCounts counts)
    {
        Enter(now);
        _publisher.Publish(number, counts);
        _barrier.Update();
    }

    /// <summary>The cluster's number of an own batch, of which <see cref="HoldComplete"/> names the seq.</summary>
    public ulong NumberOf(ulong seq) => _publisher.NumberOf(seq);

    /// <summary>A connection is open, and the certificate at its other end was checked.</summary>
    /// <param name="now">The node's steady time, milliseconds.</param>
    /// <param name="id">A number that no link had before.</param>
    /// <param name="member">The node at the other end.</param>
    /// <param name="connectedTo">The address of the <see cref="Connect"/> that this answers; null for a connection that the other end opened.</param>
    public void LinkUp(long now, LinkId id, Member member, string? connectedTo)
    {
        Enter(now);
        _greeter.Open(id, member, connectedTo, Epoch);
    }

    /// <summary>A connection has ended.</summary>
    public void LinkDown(long now, LinkId id)
    {
        Enter(now);
        if (_context.Links.Find(id) is { } link)
            _closer.Remove(link, GoodbyeReason.Unspecified, "closed");
        _barrier.Update();
    }

    /// <summary>A connection could not be made.</summary>
    public void ConnectFailed(long now, string address)
    {
        Enter(now);
        _view.Failed(address);
    }

    /// <summary>A frame came.</summary>
    /// <param name="now">The node's steady time, milliseconds.</param>
    /// <param name="id">The link it came from; frames of links that have ended are ignored.</param>
    /// <param name="frame">Within the limits of the wire; null for a kind of frame that this version does not know, which only shows that the neighbour is alive.</param>
    /// <param name="size">Its octets on the wire, for the budget.</param>
    public void Receive(long now, LinkId id, Frame? frame, int size)
    {
        Enter(now);
        if (_context.Links.Find(id) is not { } link)
            return;
        link.LastReceived = now;
        if (!link.TryReceive(now, size))
            _closer.Drop(link, GoodbyeReason.OverBudget);
        else if (!link.Ready && frame is not (HelloFrame or GoodbyeFrame))
            _closer.Drop(link, GoodbyeReason.Malformed);
        else
            Handle(link, frame);
        if (_evictions.TakeLinked() is { } evicted)
            _closer.Drop(evicted, GoodbyeReason.Evicted);
        _barrier.Update();
    }

    /// <summary>A message came that is not a valid frame.</summary>
    public void Malformed(long now, LinkId id)
    {
        Enter(now);
        if (_context.Links.Find(id) is { } link)
            _closer.Drop(link, GoodbyeReason.Malformed);
    }

    /// <summary>
    /// The answer to <see cref="NeedSnapshot"/>. Own counts that are not published yet are published first, so that the rows and their applied ranges
    /// are of the same batches.
    /// </summary>
    /// <param name="now">The node's steady time, milliseconds.</param>
    /// <param name="link">The link of the request.</param>
    /// <param name="requestId">The id of the request.</param>
    /// <param name="read">
    /// Reads the current rows, those with the highest counts first, at most as many as asked for. Its argument are the hosts of the batches that arrived
    /// since the request, which a search that began earlier may have missed. Not called if the neighbour has left.
    /// </param>
    public void SupplySnapshot(long now, LinkId link, ulong requestId, Func<IEnumerable<ulong>, IReadOnlyList<SnapshotRow>> read)
    {
        Enter(now);
        _publisher.Publish();
        _snapshotServer.Supply(link, requestId, read);
    }

    /// <summary>The hosts of the batches that arrived since a neighbour's request for a snapshot, as <see cref="SupplySnapshot"/> gives them to its reader.</summary>
    public IReadOnlyList<ulong> HostsSinceRequest(LinkId link) => _snapshotServer.HostsSinceRequest(link);

    /// <summary>A proof from before this start; see <see cref="Evict"/>.</summary>
    public void Convict(long now, Member member, EquivocationProof proof)
    {
        Enter(now);
        _evictions.Convict(member, proof);
    }

    /// <summary>The authority or this node's credentials have changed: links whose certificates are no longer valid are dropped.</summary>
    public void Recheck(long now)
    {
        Enter(now);
        _intake.Recheck();
        foreach (var link in _context.Links.All.Where(l => !_intake.Admits(l.Member)).ToList())
            _closer.Drop(link, GoodbyeReason.Certificate, "its certificate is not of this network any more");
        _barrier.Update();
    }

    /// <summary>Publishes what was counted, then says goodbye on all links.</summary>
    public void Stop(long now)
    {
        Enter(now);
        _publisher.Publish();
        foreach (var link in _context.Links.All.ToList())
            _closer.Drop(link, GoodbyeReason.Shutdown);
    }

    /// <summary>Handles what is due by time. The host calls it every <see cref="TickInterval"/>.</summary>
    public void Tick(long now)
    {
        Enter(now);
        if (_started is null)
        {
            _started = now;
            _context.Find(Origin)!.Begin(now);
            if (_hasCounts)
                _snapshotClient.NeedEvidence();
        }

        _publisher.Tick();
        _spreading.Tick();
        if (now >= _nextChores)
        {
            _nextChores = now + ChoresInterval;
            Chores();
        }

        if (now >= _nextDigest)
        {
            var interval = _context.Settings.DigestInterval;
            _nextDigest = now + (interval / 2) + _context.Random.Next(interval);
            _antiEntropy.GiveUpGaps();
            _view.Shuffle();
            if (_context.Links.Ready is { Count: > 0 } ready)
                _antiEntropy.SendDigest(ready[_context.Random.Next(ready.Count)]);
        }

        _barrier.Update();
    }

    // Ticks come in short intervals. If no input came for longer than SilentAfter, this process was stopped or starved. The neighbours' frames of
    // that time still wait to be read, so none of the neighbours counts as silent.
    private void Enter(long now)
    {
        var gap = now - _context.Now;
        _context.Now = now;
        if (gap <= _context.Settings.SilentAfter)
            return;
        foreach (var link in _context.Links.All)
            link.Pause(gap);
        _snapshotClient.Pause(gap);
    }

    private void Chores()
    {
        _context.Kept.Expire(_context.Now);
        _linkChores.Tick();
        if (_view.Tick(out var reshaped) is { } surplus)
            _closer.Drop(surplus, GoodbyeReason.ViewFull);
        if (reshaped)
            _spreading.Restart();
        if (_antiEntropy.SnapshotNeeded)
            _snapshotClient.Need();
        _antiEntropy.SnapshotNeeded = false;
        _snapshotClient.Tick();
        _operators.Update(_started);
    }

    private void Handle(Link link, Frame? frame)
    {
        switch (frame)
        {
            case HelloFrame f: OnHello(link, f); break;
            case AckFrame f: _barrier.OnAck(link, f, Epoch); break;
            case GoodbyeFrame f: OnGoodbye(link, f); break;
            case CredentialFrame f: DropIf(link, _intake.OnCredential(link, f)); break;
            case DeliveryFrame f: DropIf(link, _intake.OnDelivery(link, f)); break;
            case AnnounceFrame f: _spreading.OnAnnounce(link, f); break;
            case GraftFrame f: _spreading.OnGraft(link, f); break;
            case PruneFrame f: _spreading.OnPrune(link, f); break;
            case ShuffleFrame f: _view.OnShuffle(link, f); break;
            case DigestFrame f: _antiEntropy.OnDigest(link, f); break;
            case WantFrame f: _antiEntropy.OnWant(link, f); break;
            case UnavailableFrame f: _antiEntropy.OnUnavailable(f); break;
            case SnapshotRequestFrame f: _snapshotServer.OnRequest(link, f); break;
            case SnapshotChunkFrame f: _snapshotClient.OnChunk(link, f); break;
            case EquivocationFrame f: DropIf(link, _evictions.OnProof(link, f)); break;
        }
    }

    private void OnHello(Link link, HelloFrame frame)
    {
        if (!_greeter.TryJoin(link, frame))
            return;
        _operators.Update(_started);
        _antiEntropy.SendDigest(link);
        _evictions.Join(link);
    }

    private void OnGoodbye(Link link, GoodbyeFrame frame)
    {
        _closer.Remove(link, frame.Reason, $"said {frame.Reason}");
        _context.Effects.Add(new DropLink(link.Id, frame.Reason));
    }

    private void DropIf(Link link, GoodbyeReason? reason)
    {
        if (reason is { } why)
            _closer.Drop(link, why);
    }
}
