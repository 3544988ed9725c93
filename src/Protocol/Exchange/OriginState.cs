using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>What a node knows of one origin: its certificate, what was applied of it, and which links its batches take.</summary>
/// <param name="keepFor">How long batches are kept, in milliseconds.</param>
internal sealed class OriginState(OriginId id, Budget rows, int keepFor)
{
    // Rows that the smallest batch counts as: checking its signature costs as much as counting two hundred. No more than this,
    // since a node may publish every 100 ms: then it still has its 2,000 rows a second.
    private const int LeastBatch = 100;

    private Budget _rows = rows;
    private PeerBudget? _budget;
    private ClockOffset _clock;
    private ulong _gapTop;
    private long _gapSince;
    private long _epochSince;

    public OriginId Id { get; } = id;

    /// <summary>Null until its certificate came; until then none of its batches is taken.</summary>
    public Member? Member { get; private set; }

    /// <summary>Its place among the origins that only a snapshot or the store named; null once its certificate was seen.</summary>
    public LinkedListNode<OriginState>? Unverified { get; set; }

    public bool Evicted { get; set; }

    /// <summary>The highest epoch seen; 0 before the first batch.</summary>
    public ulong Epoch { get; private set; }

    public ReplayWindow? Window { get; private set; }

    /// <summary>The epoch before, whose last batches may still be on their way when a node starts again.</summary>
    public ulong PreviousEpoch { get; private set; }

    public ReplayWindow? PreviousWindow { get; private set; }

    /// <summary>Bits of the links that only get announcements of this origin's batches.</summary>
    public ulong Lazy { get; set; }

    /// <summary>Bits of the links whose other end has this origin's certificate.</summary>
    public ulong Introduced { get; set; }

    /// <summary>When a new batch last came; 0: never.</summary>
    public long LastBatch { get; private set; }

    /// <summary>When something was last heard of it over a link that has ended; 0: there was none.</summary>
    public long LastReceived { get; private set; }

    /// <summary>How far it had come in our batches when its last link ended, see <see cref="LinkHold.Complete"/>.</summary>
    public ulong HoldComplete { get; set; }

    /// <summary>When this neighbour was last given a snapshot, over whichever link.</summary>
    public long SnapshotGiven { get; set; } = long.MinValue / 2;

    /// <summary>New batches that came.</summary>
    public int Batches { get; private set; }

    /// <summary>What it may send and ask for as a neighbour.</summary>
    public PeerBudget BudgetOf(ExchangeSettings settings) => _budget ??= new PeerBudget(settings);

    /// <summary>Takes a certificate of it, if there is none yet that is good for longer; others are then to be told of the new one.</summary>
    public void Learn(Member member)
    {
        if (Member is not null && Member.ValidUntil >= member.ValidUntil)
            return;
        Member = member;
        Introduced = 0;
    }

    /// <summary>Whether there is a certificate, and it is good at this moment.</summary>
    public bool IsCertified(long now) => Member is not null && now < Member.ValidUntil;

    /// <summary>Its certificate is not believed any more.</summary>
    public void Forget() => (Member, Introduced) = (null, 0);

    /// <summary>A link with it has ended.</summary>
    public void Left(Link link) => (LastReceived, HoldComplete) = (link.LastReceived, link.Hold.Complete);

    public void Came(long now) => (LastBatch, Batches) = (now, Batches + 1);

    /// <summary>Older than the two that are told apart. Who heard of the later one first may still get what is kept of the one before.</summary>
    public bool IsOldEpoch(ulong epoch, long now) =>
        PreviousWindow is not null ? epoch < PreviousEpoch : epoch < Epoch && now - _epochSince > keepFor;

    public ReplayWindow? WindowOf(ulong epoch) =>
        epoch == 0 ? null : epoch == Epoch ? Window : epoch == PreviousEpoch ? PreviousWindow : null;

    public bool Contains(ulong epoch, ulong seq) => WindowOf(epoch)?.Contains(seq) ?? false;

    /// <summary>The window of an epoch, begun if need be; null for an old epoch.</summary>
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

    /// <summary>This node itself begins: what others still keep of its life before may come home from now on.</summary>
    public void Begin(long now) => _epochSince = now;

    /// <summary>Whether its budget is not used up: looked at before the signature, which costs more than all else.</summary>
    public bool MaySpendRows(long now) => _rows.HasLeft(now);

    /// <summary>Takes a batch whose signature was checked from its budget, which may go into debt by that one.</summary>
    public void SpendRows(long now, int rows) => _rows.Spend(now, Math.Max(rows, LeastBatch));

    /// <summary>What was applied in an earlier life.</summary>
    public void Restore(in AppliedRange holding)
    {
        if (Open(holding.Epoch, now: 0) is not { } window)
            return;
        window.CoverTo(holding.Contiguous);
        foreach (var seq in holding.SeqsBeyond())
            window.TryAdd(seq);
    }

    public long Correct(long now, long time, long maxSkew) => _clock.Correct(now, time, maxSkew);

    /// <inheritdoc cref="ClockOffset.CorrectKept"/>
    public long CorrectKept(long now, long age, long time, long maxSkew) => _clock.CorrectKept(now, age, time, maxSkew);

    public IEnumerable<AppliedRange> AppliedRanges()
    {
        if (Window is not null)
            yield return AppliedRange.Of(Id, Epoch, Window);
        if (PreviousWindow is not null)
            yield return AppliedRange.Of(Id, PreviousEpoch, PreviousWindow);
    }

    /// <summary>Gives up gaps that stayed for <paramref name="patience"/> milliseconds: nobody keeps those batches any more.</summary>
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
