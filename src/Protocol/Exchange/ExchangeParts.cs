using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>The parts of one node's exchange, each with the others that it needs. <see cref="ExchangeCore"/> gives them their inputs.</summary>
internal sealed class ExchangeParts
{
    public ExchangeParts(ExchangeSettings settings, ExchangeStart start, Outbox outbox, MemberAdmission admit, Random random)
    {
        Context = new ExchangeContext(settings, start.Self, outbox, random);
        var repairs = new Repairs(Context);
        Spreading = new Spreading(Context, repairs);
        AntiEntropy = new AntiEntropy(Context, repairs);
        SnapshotServer = new SnapshotServer(Context);
        View = new ViewKeeper(Context);
        Barrier = new HoldBarrier(Context);
        Evictions = new Evictions(Context, admit);
        Context.FindOrAdd(start.Self.Origin);
        foreach (var range in start.Restored)
            Context.FindOrAddUnverified(range.Origin);
        foreach (var range in start.Restored.OrderBy(r => r.Epoch))
            Context.Find(range.Origin)?.Restore(range);
        Publisher = new Publisher(Context, Spreading, Barrier, start);
        SnapshotClient = new SnapshotClient(Context, repairs, Publisher);
        Intake = new Intake(Context, Spreading, Evictions, Publisher, admit);
        Closer = new LinkCloser(Context, View, SnapshotServer);
        Greeter = new LinkGreeter(Context, Closer, View, Spreading, Barrier);
        LinkChores = new LinkChores(Context, Closer, Publisher);
        Operators = new OperatorCount(Context);
        HasCounts = start.Restored.Count > 0;
        AntiEntropy.SnapshotNeeded = !HasCounts;
    }

    public ExchangeContext Context { get; }

    public Spreading Spreading { get; }

    public AntiEntropy AntiEntropy { get; }

    public SnapshotServer SnapshotServer { get; }

    public SnapshotClient SnapshotClient { get; }

    public ViewKeeper View { get; }

    public HoldBarrier Barrier { get; }

    public Evictions Evictions { get; }

    public Publisher Publisher { get; }

    public Intake Intake { get; }

    public LinkCloser Closer { get; }

    public LinkGreeter Greeter { get; }

    public LinkChores LinkChores { get; }

    public OperatorCount Operators { get; }

    /// <summary>The node started with stored counts.</summary>
    public bool HasCounts { get; }

    /// <summary>The node's steady time at its first tick, milliseconds; null before it.</summary>
    public long? Started { get; set; }
}
