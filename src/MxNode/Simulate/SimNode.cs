using System.Buffers.Binary;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>A simulated node: the shipped <see cref="ExchangeCore"/> and <see cref="CountingEngine"/>, with a small host around both.</summary>
internal sealed class SimNode
{
    // About the size of a P-256 certificate, so that its octets are counted.
    private const int CertificateSize = 560;

    // Thousands of nodes fit in the memory of one machine.
    private static readonly CountingLimits Limits = CountingLimits.Default with { ContentRejects = 10, MaxEnvelopes = 1024, MaxRows = 100_000 };

    private readonly SimNetwork _network;
    private readonly ExchangeSettings _settings;
    private readonly int _seed;
    private SimStore _stored = new();
    private long _messages;
    private long _busyUntil;

    public SimNode(SimNetwork network, int index, string @operator, ExchangeSettings settings, int seed)
    {
        _network = network;
        _settings = settings;
        _seed = seed;
        Index = index;
        Clock = new SimClock(network);
        Member = MemberOf(index, @operator);
        Start();
    }

    /// <summary>Units of one host that pass at one node in one burst.</summary>
    public static int Limit => (int)(Limits.Host.Hard / Decay.FastPerHour);

    public int Index { get; }

    public string Address => _settings.Address;

    public Member Member { get; }

    public SimClock Clock { get; }

    /// <summary>The number of times it was started; events of an earlier life are ignored.</summary>
    public int Life { get; private set; }

    public bool IsUp { get; private set; }

    public ExchangeCore Core { get; private set; } = null!;

    public Outbox Outbox { get; private set; } = null!;

    /// <summary>What it counts, itself and as others report it.</summary>
    public CountingEngine Counts { get; private set; } = null!;

    /// <summary>The other ends of its links, by link number.</summary>
    public Dictionary<long, SimNode> Links { get; } = [];

    /// <summary>Where decisions wait for the end of their hold.</summary>
    public HoldGate Gate { get; private set; } = null!;

    public EffectExecutor Executor { get; private set; } = null!;

    /// <summary>A certificate as the simulated authority issues them: its octets say who it is.</summary>
    public Member MemberOf(int index, string @operator)
    {
        var certificate = new byte[CertificateSize];
        BinaryPrimitives.WriteInt32BigEndian(certificate, index);
        var origin = OriginId.OfKey(certificate);
        return new Member(origin, @operator, certificate, (content, signature) => _network.Check(origin, content, signature));
    }

    /// <summary>Milliseconds until the node has done the work that was charged to it.</summary>
    public long BusyFor(long now) => Math.Max(0, (_busyUntil / 1000) - now);

    /// <summary>Charges work to the node.</summary>
    public void Charge(long now, int microseconds) => _busyUntil = Math.Max(_busyUntil, now * 1000) + microseconds;

    public static int IndexOf(ReadOnlyMemory<byte> certificate) => BinaryPrimitives.ReadInt32BigEndian(certificate.Span);

    /// <summary>Counts an attempt of a new envelope, as the node does at RCPT.</summary>
    public Attempt Register(IpBlock host)
    {
        var attempt = Counts.Register(host, Counts.Hash(host, null, new MailboxParts($"{_messages++}", "")), toPostmaster: false, Clock.Now);
        _network.Statistics.Count(new BatchKey(Member.Origin, Core.Epoch, attempt.Batch), _network.Now);
        return attempt;
    }

    /// <summary>The verdict after the hold.</summary>
    public VerdictAction Judge(Attempt attempt) => Counts.Judge(ref attempt, Clock.Now).Action;

    /// <summary>Whether a host that connects is refused at once.</summary>
    public bool IsRefusedAtConnect(IpBlock host) => Counts.IsRefusedAtConnect(host, Clock.Now, out _);

    /// <summary>Sets the time of day off by so many milliseconds, as a node finds when its system's clock is set.</summary>
    public void SetClock(long step)
    {
        Clock.Step = step;
        Core.ClockOffset = step;
    }

    /// <summary>Does what a node does in each interval.</summary>
    public void Tick()
    {
        Core.Tick(Clock.Now);
    }

    /// <summary>Stores its counts for its next start, as a node does every minute.</summary>
    public void Store() => _stored = new SimStore(Counts, Core.Export(Clock.Now), Clock.Now);

    public void Crash() => IsUp = false;

    /// <param name="forget">Its data directory was lost, except for the epoch.</param>
    public void Start(bool forget = false)
    {
        if (forget)
            _stored = new SimStore();
        Life++;
        IsUp = true;
        Links.Clear();
        Outbox = new Outbox();
        Counts = new CountingEngine(Limits, Clock.Now, new FaultTolerance(Member.Operator, _network.Faulty), Outbox, (ulong)_seed + (ulong)Life);
        _stored.Restore(Counts, Clock.Now);
        var start = new ExchangeStart(Member, SimSignatures.SignerOf(Member.Origin), (ulong)Life, _stored.AppliedRanges);
        Core = new ExchangeCore(_settings with { Faulty = _network.Faulty }, start, Outbox, _network.Admit, new Random(_seed + Life));
        Gate = new HoldGate();
        Gate.GoOnAlone();
        Executor = new EffectExecutor(Counts, new CountingClock(Clock), Gate, new SimExchangeHost(_network, this));
    }
}
