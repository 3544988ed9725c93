using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>The state that the parts of one node's exchange share.</summary>
internal sealed class ExchangeContext(ExchangeSettings settings, Member self, Outbox outbox, Random random)
{
    private const int MaxOrigins = 65_536;

    // The authority bounds the number of members; origins that only a snapshot names may be invented.
    private const int MaxUnverified = MaxOrigins / 2;

    // The number of batches after which a tree has its shape, and how long an origin may pause, in milliseconds.
    private const int GrownAfter = 3;
    private const int ModelMemory = 60_000;

    private readonly Dictionary<OriginId, OriginState> _origins = [];
    private readonly LinkedList<OriginState> _unverified = [];
    private OriginState? _model;

    public ExchangeSettings Settings { get; } = settings;

    public Member Self { get; } = self;

    public Outbox Outbox { get; } = outbox;

    public Random Random { get; } = random;

    public LinkTable Links { get; } = new();

    public KeptBatches Kept { get; } = new(settings.KeepFor, settings.KeepSize);

    public List<Effect> Effects { get; } = [];

    /// <summary>The node's steady time in milliseconds, set at each entry into the core. It never steps.</summary>
    public long Now { get; set; }

    /// <summary>Milliseconds from <see cref="Now"/> to the time of day.</summary>
    public long ClockOffset { get; set; }

    /// <summary>The time of day, in milliseconds since 1970: batches and certificates carry it. It steps when the system's clock is set.</summary>
    public long TimeOfDay => Now + ClockOffset;

    /// <summary>Batches that were accepted and are not ordered; only on a gateway.</summary>
    public int Unordered { get; set; }

    /// <summary>Whether a node belongs to this node's own cluster. The operator in its certificate decides: a membership may be stale.</summary>
    public bool IsOfOwnCluster(Member? member) => Settings.IsGateway && member?.Operator == Self.Operator;

    /// <summary>The network is small enough for every node to be linked with every other.</summary>
    public bool IsMesh { get; set; } = true;

    /// <summary>When a frame or batch of each operator last came, by the steady time.</summary>
    public Dictionary<string, long> Operators { get; } = [];

    public IReadOnlyCollection<OriginState> Origins => _origins.Values;

    public OriginState? Find(OriginId id) => _origins.GetValueOrDefault(id);

    /// <summary>An origin whose certificate was verified. In a full table it replaces an unverified origin; null if there is none.</summary>
    public OriginState? FindOrAdd(OriginId id)
    {
        if (_origins.TryGetValue(id, out var origin))
        {
            if (origin.Unverified is { } place)
                _unverified.Remove(place);
            origin.Unverified = null;
            return origin;
        }

        return _origins.Count < MaxOrigins || ForgetUnverified() ? Add(id) : null;
    }

    /// <summary>An origin that was named without a certificate. When there are too many of them it replaces the one named longest ago; null if there is none.</summary>
    public OriginState? FindOrAddUnverified(OriginId id)
    {
        if (_origins.TryGetValue(id, out var origin))
            return origin;
        if ((_origins.Count >= MaxOrigins || _unverified.Count >= MaxUnverified) && !ForgetUnverified())
            return null;
        origin = Add(id);
        MarkUnverified(origin);
        return origin;
    }

    /// <summary>The origin has no valid certificate: another may replace it.</summary>
    public void MarkUnverified(OriginState origin) => origin.Unverified ??= _unverified.AddLast(origin);

    /// <summary>
    /// The lazy links for a new origin's batches. In a mesh the batches come straight from the origin, so all other links only announce them. In a
    /// large network they follow the tree of the lowest origin that publishes, which is the same at all nodes: otherwise every new origin
    /// would flood the network once.
    /// </summary>
    public ulong StartsLazy(OriginId origin) => IsMesh ? (origin == Self.Origin ? 0 : ulong.MaxValue) : _model?.Lazy ?? 0;

    /// <summary>A batch was applied: its origin may become the one whose tree new origins start with.</summary>
    public void Consider(OriginState origin)
    {
        if (_model is null || _model.Evicted || Now - _model.LastBatch > ModelMemory || origin.Id < _model.Id)
            _model = origin.Batches >= GrownAfter ? origin : _model;
    }

    public void Send(Link link, Frame frame)
    {
        link.LastSent = Now;
        Effects.Add(new SendTo(link.Id, frame));
    }

    /// <summary>Sends a batch, after its origin's certificate if the neighbour may lack it.</summary>
    public void Send(Link link, OriginState origin, DeliveryFrame delivery)
    {
        Introduce(link, origin);
        Send(link, delivery);
    }

    /// <summary>Sends a repair, within the answer budget.</summary>
    public void SendRepair(Link link, OriginState origin, in KeptBatch kept)
    {
        if (link.TryAnswer(Now, KeptBatches.SizeOf(kept.Batch)))
            Send(link, origin, new DeliveryFrame(kept.Batch, Repair: true, (uint)Math.Clamp(Now - kept.Time, 0, uint.MaxValue)));
    }

    public void Introduce(Link link, OriginState origin)
    {
        if ((origin.Introduced & link.Bit) != 0 || origin.Member is null || origin.Id == Self.Origin || origin.Id == link.Member.Origin)
            return;
        origin.Introduced |= link.Bit;
        Send(link, new CredentialFrame(origin.Member.Certificate));
    }

    public void Note(ExchangeFact fact, OriginId about, string detail = "") => Effects.Add(new Fact(fact, about, detail));

    private bool ForgetUnverified()
    {
        if (_unverified.First is not { } oldest)
            return false;
        _unverified.Remove(oldest);
        return _origins.Remove(oldest.Value.Id);
    }

    private OriginState Add(OriginId id)
    {
        var origin = new OriginState(id, new Budget(Settings.OriginRate, Settings.OriginBurst), Settings.KeepFor) { Lazy = StartsLazy(id) };
        _origins.Add(id, origin);
        return origin;
    }
}
