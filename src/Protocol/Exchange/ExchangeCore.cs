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

    private readonly ExchangeParts _parts;
    private readonly FrameHandler _frames;
    private long _nextChores;
    private long _nextDigest;

    /// <param name="settings">Limits and intervals.</param>
    /// <param name="start">This start of the node.</param>
    /// <param name="outbox">The counts that this node publishes.</param>
    /// <param name="admit">Checks certificates that neighbours pass on.</param>
    /// <param name="random">A source of its own.</param>
    public ExchangeCore(ExchangeSettings settings, ExchangeStart start, Outbox outbox, MemberAdmission admit, Random random)
    {
        _parts = new ExchangeParts(settings, start, outbox, admit, random);
        _frames = new FrameHandler(_parts);
    }

    /// <summary>
    /// Milliseconds from the times that the host gives to the time of day since 1970. The times given never step, so that no timer stalls; this offset
    /// changes when the system's clock was set, or the machine was suspended.
    /// </summary>
    public long ClockOffset
    {
        get => _parts.Context.ClockOffset;
        set
        {
            if (value == _parts.Context.ClockOffset)
                return;
            _parts.Context.ClockOffset = value;
            foreach (var origin in _parts.Context.Origins)
                origin.ClockSet();
        }
    }

    public OriginId Origin => _parts.Context.Self.Origin;

    public ulong Epoch => _parts.Publisher.Epoch;

    /// <summary>Whether no neighbour is live, so that there is nothing to hold for.</summary>
    public bool IsAlone => _parts.Barrier.IsAlone;

    /// <summary>Whether a neighbour of another operator is live.</summary>
    public bool IsLinked => _parts.Barrier.IsLinked;

    /// <summary>Whether the hold can be exact. In a large network, and while a live node has no link with this one, it takes its full time.</summary>
    public bool IsMesh => _parts.Context.IsMesh;

    /// <summary>The largest difference between two nodes' clocks that is corrected, in milliseconds.</summary>
    public int MaxSkew => _parts.Context.Settings.MaxSkew;

    /// <summary>The other operators; their number bounds how many of their reports are trimmed.</summary>
    public ActiveOperators Operators => _parts.Operators.Heard;

    /// <summary>The neighbours, for the operator.</summary>
    public IEnumerable<NeighbourStatus> Neighbours => _parts.Context.Links.All.Select(l =>
        new NeighbourStatus(l.Id, l.Member.Origin, l.Member.Operator, l.ReachedAt, l.Outgoing, l.Ready, l.LastReceived, _parts.Context.Find(l.Member.Origin)?.Skew));

    /// <summary>
    /// The batches that are applied so far, to be stored with the counts of this moment. Own counts that are not published yet are published first:
    /// otherwise they would be added twice when their batch comes back after a restart.
    /// </summary>
    public IReadOnlyList<AppliedRange> Export(long now)
    {
        Enter(now);
        _parts.Publisher.Publish();
        return [.. _parts.Context.Origins.OrderBy(o => o.Unverified is not null).SelectMany(o => o.AppliedRanges())]; // origins with a certificate come first, because a reader may have no room for all
    }

    /// <summary>Moves the effects since the last call, in order, to the end of a list.</summary>
    public void TakeEffects(List<Effect> effects)
    {
        effects.AddRange(_parts.Context.Effects);
        _parts.Context.Effects.Clear();
    }

    /// <summary>All addresses from the configuration and from the DNS, as they are now; the core goes on trying them.</summary>
    public void Know(long now, IEnumerable<string> seeds)
    {
        Enter(now);
        _parts.View.Know(seeds);
    }

    /// <summary>
    /// The cluster of this gateway has ordered a batch, so it may be acknowledged, together with the promise of an own batch.
    /// </summary>
    /// <param name="now">The node's steady time, milliseconds.</param>
    /// <param name="key">A batch of <see cref="ApplyBatch"/>.</param>
    /// <param name="promise">As in <see cref="Promise"/>.</param>
    public void Ordered(long now, in BatchKey key, ulong? promise)
    {
        Enter(now);
        if (_parts.Context.Find(key.Origin) is not { } origin || !origin.TryOrder(key.Epoch, key.Seq))
            return;
        _parts.Context.Unordered--;
        _parts.Publisher.Promise(promise);
        if (_parts.Context.IsMesh && _parts.Context.Links.Of(key.Origin) is { } direct)
            _parts.Publisher.SendAck(direct);
        _parts.Barrier.Update();
    }

    /// <summary>The cluster of this gateway has read on.</summary>
    /// <param name="now">The node's steady time, milliseconds.</param>
    /// <param name="number">The number of the own batch that carries everything read so far; null while no number is known.</param>
    public void Promise(long now, ulong? number)
    {
        Enter(now);
        _parts.Publisher.Promise(number);
        if (number is null || !_parts.Context.IsMesh)
            return;
        foreach (var link in _parts.Context.Links.Ready.ToList())
            _parts.Publisher.SendAck(link);
    }

    /// <summary>Publishes a batch that the cluster of this gateway gave.</summary>
    /// <param name="now">The node's steady time, milliseconds.</param>
    /// <param name="number">From 1, without gaps.</param>
    /// <param name="counts">The counts.</param>
    public void Publish(long now, ulong number, BatchCounts counts)
    {
        Enter(now);
        _parts.Publisher.Publish(number, counts);
        _parts.Barrier.Update();
    }

    /// <summary>The cluster's number of an own batch, of which <see cref="HoldComplete"/> names the seq.</summary>
    public ulong NumberOf(ulong seq) => _parts.Publisher.NumberOf(seq);

    /// <summary>A connection is open, and the certificate at its other end was checked.</summary>
    /// <param name="now">The node's steady time, milliseconds.</param>
    /// <param name="id">A number that no link had before.</param>
    /// <param name="member">The node at the other end.</param>
    /// <param name="connectedTo">The address of the <see cref="Connect"/> that this answers; null for a connection that the other end opened.</param>
    public void LinkUp(long now, LinkId id, Member member, string? connectedTo)
    {
        Enter(now);
        _parts.Greeter.Open(id, member, connectedTo, Epoch);
    }

    /// <summary>A connection has ended.</summary>
    public void LinkDown(long now, LinkId id)
    {
        Enter(now);
        if (_parts.Context.Links.Find(id) is { } link)
            _parts.Closer.Remove(link, GoodbyeReason.Unspecified, "closed");
        _parts.Barrier.Update();
    }

    /// <summary>A connection could not be made.</summary>
    public void ConnectFailed(long now, string address)
    {
        Enter(now);
        _parts.View.Failed(address);
    }

    /// <summary>A frame came.</summary>
    /// <param name="now">The node's steady time, milliseconds.</param>
    /// <param name="id">The link it came from; frames of links that have ended are ignored.</param>
    /// <param name="frame">Within the limits of the wire; null for a kind of frame that this version does not know, which only shows that the neighbour is alive.</param>
    /// <param name="size">Its octets on the wire, for the budget.</param>
    public void Receive(long now, LinkId id, Frame? frame, int size)
    {
        Enter(now);
        if (_parts.Context.Links.Find(id) is { } link)
            _frames.Receive(link, frame, size);
        _parts.Barrier.Update();
    }

    /// <summary>A message came that is not a valid frame.</summary>
    public void Malformed(long now, LinkId id)
    {
        Enter(now);
        if (_parts.Context.Links.Find(id) is { } link)
            _parts.Closer.Drop(link, GoodbyeReason.Malformed);
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
        _parts.Publisher.Publish();
        _parts.SnapshotServer.Supply(link, requestId, read);
    }

    /// <summary>The hosts of the batches that arrived since a neighbour's request for a snapshot, as <see cref="SupplySnapshot"/> gives them to its reader.</summary>
    public IReadOnlyList<ulong> HostsSinceRequest(LinkId link) => _parts.SnapshotServer.HostsSinceRequest(link);

    /// <summary>A proof from before this start; see <see cref="Evict"/>.</summary>
    public void Convict(long now, Member member, EquivocationProof proof)
    {
        Enter(now);
        _parts.Evictions.Convict(member, proof);
    }

    /// <summary>The authority or this node's credentials have changed: links whose certificates are no longer valid are dropped.</summary>
    public void Recheck(long now)
    {
        Enter(now);
        _parts.Intake.Recheck();
        foreach (var link in _parts.Context.Links.All.Where(l => !_parts.Intake.Admits(l.Member)).ToList())
            _parts.Closer.Drop(link, GoodbyeReason.Certificate, "its certificate is not of this network any more");
        _parts.Barrier.Update();
    }

    /// <summary>Publishes what was counted, then says goodbye on all links.</summary>
    public void Stop(long now)
    {
        Enter(now);
        _parts.Publisher.Publish();
        foreach (var link in _parts.Context.Links.All.ToList())
            _parts.Closer.Drop(link, GoodbyeReason.Shutdown);
    }

    /// <summary>Handles what is due by time. The host calls it every <see cref="TickInterval"/>.</summary>
    public void Tick(long now)
    {
        Enter(now);
        if (_parts.Started is null)
        {
            _parts.Started = now;
            _parts.Context.Find(Origin)!.Begin(now);
            if (_parts.HasCounts)
                _parts.SnapshotClient.NeedEvidence();
        }

        _parts.Publisher.Tick();
        _parts.Spreading.Tick();
        if (now >= _nextChores)
        {
            _nextChores = now + ChoresInterval;
            Chores();
        }

        if (now >= _nextDigest)
        {
            var interval = _parts.Context.Settings.DigestInterval;
            _nextDigest = now + (interval / 2) + _parts.Context.Random.Next(interval);
            _parts.AntiEntropy.GiveUpGaps();
            _parts.View.Shuffle();
            if (_parts.Context.Links.Ready is { Count: > 0 } ready)
                _parts.AntiEntropy.SendDigest(ready[_parts.Context.Random.Next(ready.Count)]);
        }

        _parts.Barrier.Update();
    }

    // Ticks come in short intervals. If no input came for longer than SilentAfter, this process was stopped or starved. The neighbours' frames of
    // that time still wait to be read, so none of the neighbours counts as silent.
    private void Enter(long now)
    {
        var gap = now - _parts.Context.Now;
        _parts.Context.Now = now;
        if (gap <= _parts.Context.Settings.SilentAfter)
            return;
        foreach (var link in _parts.Context.Links.All)
            link.Pause(gap);
        _parts.SnapshotClient.Pause(gap);
    }

    private void Chores()
    {
        _parts.Context.Kept.Expire(_parts.Context.Now);
        _parts.LinkChores.Tick();
        if (_parts.View.Tick(out var reshaped) is { } surplus)
            _parts.Closer.Drop(surplus, GoodbyeReason.ViewFull);
        if (reshaped)
            _parts.Spreading.Restart();
        if (_parts.AntiEntropy.SnapshotNeeded)
            _parts.SnapshotClient.Need();
        _parts.AntiEntropy.SnapshotNeeded = false;
        _parts.SnapshotClient.Tick();
        _parts.Operators.Update(_parts.Started);
    }
}
