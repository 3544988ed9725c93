using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>The state of one origin at this node: its certificate, its applied batches, and the links that its batches take.</summary>
/// <param name="keepFor">How long batches are kept, in milliseconds.</param>
internal sealed class OriginState(OriginId id, Budget rows, int keepFor)
{
    // The least cost of a batch in the row budget: checking its signature costs as much as counting two hundred rows. It must not be higher,
    // because a node may publish every 100 ms and must still be able to send its 2,000 rows a second.
    private const int LeastBatch = 100;

    private Budget _rows = rows;
    private PeerBudget? _budget;
    private ClockOffset _clock;
    private readonly Dictionary<ulong, SortedSet<ulong>> _unordered = [];
    private ulong _gapTop;
    private long _gapSince;
    private long _epochSince;

    public OriginId Id { get; } = id;

    /// <summary>Null until its certificate was verified; until then none of its batches is accepted.</summary>
    public Member? Member { get; private set; }

    /// <summary>Its place among the unverified origins, which only a snapshot or the store named; null once its certificate was verified.</summary>
    public LinkedListNode<OriginState>? Unverified { get; set; }

    public bool Evicted { get; set; }

    /// <summary>The highest epoch seen; 0 before the first batch.</summary>
    public ulong Epoch { get; private set; }

    public ReplayWindow? Window { get; private set; }

    /// <summary>The epoch before the highest. Its last batches may still be on their way when a node starts again.</summary>
    public ulong PreviousEpoch { get; private set; }

    public ReplayWindow? PreviousWindow { get; private set; }

    /// <summary>The links on which this origin's batches are only announced, as bits.</summary>
    public ulong Lazy { get; set; }

    /// <summary>The links whose other end has this origin's certificate, as bits.</summary>
    public ulong Introduced { get; set; }

    /// <summary>When its first batch since this node's start arrived; 0: never.</summary>
    public long FirstBatch { get; private set; }

    /// <summary>When a new batch last arrived; 0: never.</summary>
    public long LastBatch { get; private set; }

    /// <summary>The latest time, by this node's clock, at which one of its batches was published; 0: there was none.</summary>
    public long LastPublished { get; private set; }

    /// <summary>When the last frame came over its last link that has ended; 0: there was none.</summary>
    public long LastReceived { get; private set; }

    /// <summary><see cref="LinkHold.Complete"/> when its last link ended.</summary>
    public ulong HoldComplete { get; set; }

    /// <summary>When this neighbour last got a snapshot, over any of its links.</summary>
    public long SnapshotGiven { get; set; } = long.MinValue / 2;

    /// <summary>The number of new batches that arrived.</summary>
    public int Batches { get; private set; }

    /// <summary>Its budget as a neighbour.</summary>
    public PeerBudget BudgetOf(ExchangeSettings settings) => _budget ??= new PeerBudget(settings);

    /// <summary>Takes over a certificate unless a known one is valid for longer. Neighbours are sent the new one before its next batch.</summary>
    public void Learn(Member member)
    {
        if (Member is not null && Member.ValidUntil >= member.ValidUntil)
            return;
        Member = member;
        Introduced = 0;
    }

    /// <summary>Whether there is a certificate that is valid now.</summary>
    public bool IsCertified(long timeOfDay) => Member is not null && timeOfDay < Member.ValidUntil;

    /// <summary>Its certificate is no longer valid.</summary>
    public void Forget() => (Member, Introduced) = (null, 0);

    /// <summary>A link with it has ended.</summary>
    public void Left(Link link) => (LastReceived, HoldComplete) = (link.LastReceived, link.Hold.Complete);

    /// <summary>A new batch came.</summary>
    /// <param name="now">This node's time.</param>
    /// <param name="published">When the batch was published, by this node's clock.</param>
    public void Came(long now, long published)
    {
        FirstBatch = FirstBatch == 0 ? now : FirstBatch;
        (LastBatch, LastPublished, Batches) = (now, Math.Max(LastPublished, published), Batches + 1);
    }

    /// <summary>When a batch that came was published, by this node's clock; if the origin's clock is too far off to be corrected, when the batch came.</summary>
    public long PublishedAt(long now, long time, long maxSkew) => _clock.IsBeyond(maxSkew) ? now : time;

    /// <summary>Whether an epoch is older than the two that are kept. A node that saw the later epoch first may still accept kept batches of the one before.</summary>
    public bool IsOldEpoch(ulong epoch, long now) =>
        PreviousWindow is not null ? epoch < PreviousEpoch : epoch < Epoch && now - _epochSince > keepFor;

    public ReplayWindow? WindowOf(ulong epoch) =>
        epoch == 0 ? null : epoch == Epoch ? Window : epoch == PreviousEpoch ? PreviousWindow : null;

    /// <summary>A batch was accepted, and waits for its order in the cluster.</summary>
    public void Await(ulong epoch, ulong seq)
    {
        if (!_unordered.TryGetValue(epoch, out var waiting))
            _unordered.Add(epoch, waiting = []);
        waiting.Add(seq);
    }

    /// <summary>A batch is ordered.</summary>
    /// <returns>False if it was not waiting.</returns>
    public bool TryOrder(ulong epoch, ulong seq)
    {
        if (!_unordered.TryGetValue(epoch, out var waiting) || !waiting.Remove(seq))
            return false;
        if (waiting.Count == 0)
            _unordered.Remove(epoch);
        return true;
    }

    /// <summary>Every batch up to this seq is accepted and, on a gateway, ordered; 0 for an unknown epoch.</summary>
    public ulong ContiguousOf(ulong epoch)
    {
        if (WindowOf(epoch) is not { } window)
            return 0;
        return _unordered.TryGetValue(epoch, out var waiting) ? Math.Min(window.Contiguous, waiting.Min - 1) : window.Contiguous;
    }

    public bool Contains(ulong epoch, ulong seq) => WindowOf(epoch)?.Contains(seq) ?? false;

    /// <summary>The window of an epoch, made if it is new; null for an old epoch.</summary>
    public ReplayWindow? Open(ulong epoch, long now)
    {
        if (WindowOf(epoch) is { } window)
            return window;
        if (epoch > Epoch)
        {
            _epochSince = now;
            (PreviousEpoch, PreviousWindow) = (Epoch, Window);
            (Epoch, Window) = (epoch, new ReplayWindow());
            return Window;
        }

        if (PreviousWindow is not null && epoch < PreviousEpoch)
            return null;
        (PreviousEpoch, PreviousWindow) = (epoch, new ReplayWindow());
        return PreviousWindow;
    }

    /// <summary>This node itself has started: batches of its earlier epoch that others still keep may come back from now on.</summary>
    public void Begin(long now) => _epochSince = now;

    /// <summary>Whether its row budget is not used up. Checked before the signature, which costs more than everything else.</summary>
    public bool MaySpendRows(long now) => _rows.HasLeft(now);

    /// <summary>Charges a batch whose signature was checked; the balance may become negative by one batch.</summary>
    public void SpendRows(long now, int rows) => _rows.Spend(now, Math.Max(rows, LeastBatch));

    /// <summary>Takes over what was applied before this start.</summary>
    public void Restore(in AppliedRange holding)
    {
        if (Open(holding.Epoch, now: 0) is not { } window)
            return;
        window.CoverTo(holding.Contiguous);
        foreach (var seq in holding.SeqsBeyond())
            window.TryAdd(seq);
    }

    public long Correct(long now, long time, long maxSkew) => _clock.Correct(now, time, maxSkew);

    /// <inheritdoc cref="ClockOffset.Skew"/>
    public long? Skew => _clock.Skew;

    /// <summary>This node's clock was set: the estimate of the origin's clock starts anew with its next batch.</summary>
    public void ClockSet() => _clock = default;

    /// <inheritdoc cref="ClockOffset.CorrectKept"/>
    public long CorrectKept(long now, long age, long time, long maxSkew) => _clock.CorrectKept(now, age, time, maxSkew);

    /// <summary>The batches that this node has accepted, in a gateway those without an order included.</summary>
    public IEnumerable<AppliedRange> AcceptedRanges()
    {
        foreach (var (epoch, window) in new[] { (Epoch, Window), (PreviousEpoch, PreviousWindow) })
        {
            if (window is not null)
                yield return AppliedRange.Of(Id, epoch, window.Contiguous, window.Highest, window.Contains);
        }
    }

    /// <summary>The batches that this node has accepted and, on a gateway, ordered.</summary>
    public IEnumerable<AppliedRange> AppliedRanges()
    {
        if (Window is not null)
            yield return RangeOf(Epoch, Window);
        if (PreviousWindow is not null)
            yield return RangeOf(PreviousEpoch, PreviousWindow);
    }

    // What is not ordered is not in the counts, and may be lost with this process: then it has to come again.
    private AppliedRange RangeOf(ulong epoch, ReplayWindow window) =>
        AppliedRange.Of(Id, epoch, ContiguousOf(epoch), window.Highest, seq => window.Contains(seq) && !(_unordered.TryGetValue(epoch, out var waiting) && waiting.Contains(seq)));

    /// <summary>Gives up gaps older than <paramref name="patience"/> milliseconds: no node keeps those batches any more.</summary>
    public bool GiveUpGaps(long now, long patience)
    {
        if (Window is null || !Window.HasGaps)
        {
            _gapTop = 0;
            return false;
        }

        if (_gapTop == 0 || Window.Contiguous >= _gapTop)
        {
            (_gapTop, _gapSince) = (Window.Highest, now);
            return false;
        }

        if (now - _gapSince < patience)
            return false;
        Window.CoverTo(_gapTop);
        _gapTop = 0;
        return true;
    }
}
