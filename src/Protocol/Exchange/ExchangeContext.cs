using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>The state that the parts of one node's exchange share.</summary>
internal sealed class ExchangeContext(ExchangeSettings settings, Member self, Outbox outbox, Random random)
{
    private const int MaxOrigins = 65_536;

    // Certified origins are limited by the authority, which issues the certificates. Origins that only a snapshot names may be invented, so they are limited here.
    private const int MaxSupposed = MaxOrigins / 2;

    // The number of batches after which a tree has its shape, and how long an origin may pause, in milliseconds.
    private const int GrownAfter = 3;
    private const int ModelMemory = 60_000;

    private readonly Dictionary<OriginId, OriginState> _origins = [];
    private readonly LinkedList<OriginState> _supposed = [];
    private OriginState? _model;

    public ExchangeSettings Settings { get; } = settings;

    public Member Self { get; } = self;

    public Outbox Outbox { get; } = outbox;

    public Random Random { get; } = random;

    public LinkTable Links { get; } = new();

    public KeptBatches Kept { get; } = new(settings.KeepFor, settings.KeepSize);

    public List<Effect> Effects { get; } = [];

    /// <summary>Milliseconds since 1970; set at each call into the core.</summary>
    public long Now { get; set; }

    /// <summary>Whether the network is a mesh: each node links with all others that it can reach.</summary>
    public bool IsMesh { get; set; } = true;

    /// <summary>When a report of each operator last arrived.</summary>
    public Dictionary<string, long> Operators { get; } = [];

    public IReadOnlyCollection<OriginState> Origins => _origins.Values;

    public OriginState? Find(OriginId id) => _origins.GetValueOrDefault(id);

    /// <summary>The state of an origin whose certificate was checked. In a full table it replaces an unverified origin; null if there is none.</summary>
    public OriginState? FindOrAdd(OriginId id)
    {
        if (_origins.TryGetValue(id, out var origin))
        {
            if (origin.Supposed is { } place)
                _supposed.Remove(place);
            origin.Supposed = null;
            return origin;
        }

        return _origins.Count < MaxOrigins || ForgetSupposed() ? Add(id) : null;
    }

    /// <summary>The state of an origin that was named without a certificate. If there are too many of these it replaces the one named longest ago; null if there is none.</summary>
    public OriginState? FindOrSuppose(OriginId id)
    {
        if (_origins.TryGetValue(id, out var origin))
            return origin;
        if ((_origins.Count >= MaxOrigins || _supposed.Count >= MaxSupposed) && !ForgetSupposed())
            return null;
        origin = Add(id);
        Doubt(origin);
        return origin;
    }

    /// <summary>The origin has no certificate any more: another origin may take its place.</summary>
    public void Doubt(OriginState origin) => origin.Supposed ??= _supposed.AddLast(origin);

    /// <summary>
    /// Which links are eager for a new origin. In a mesh its batches arrive directly, so the other links only announce them. In
    /// trees the new origin starts with the tree of the lowest active origin, which is the same origin at all nodes. So not
    /// every new origin has to flood the network once to build its tree.
    /// </summary>
    public ulong StartsLazy(OriginId origin) => IsMesh ? (origin == Self.Origin ? 0 : ulong.MaxValue) : _model?.Lazy ?? 0;

    /// <summary>A batch was applied: its origin may be the one whose tree new origins start with.</summary>
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

    private bool ForgetSupposed()
    {
        if (_supposed.First is not { } oldest)
            return false;
        _supposed.Remove(oldest);
        return _origins.Remove(oldest.Value.Id);
    }

    private OriginState Add(OriginId id)
    {
        var origin = new OriginState(id, new Budget(Settings.OriginRate, Settings.OriginBurst), Settings.KeepFor) { Lazy = StartsLazy(id) };
        _origins.Add(id, origin);
        return origin;
    }
}
