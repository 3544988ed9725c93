using System.Buffers.Binary;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>A node of the simulation: a real <see cref="ExchangeCore"/> and the real <see cref="Ledger"/> behind it, with a small host around both.</summary>
internal sealed class SimNode
{
    // About what a P-256 certificate takes, so that its octets are counted.
    private const int CertificateSize = 560;

    private static readonly CountingLimits Options = new();
    private static readonly Judge Judgement = new(Options);

    private readonly SimNetwork _network;
    private readonly ExchangeSettings _settings;
    private readonly int _seed;
    private SimStore _stored = new();

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

    /// <summary>Units of one host that pass at one node at once.</summary>
    public static int Limit => (int)(Options.Host.Hard / Decay.FastPerHour);

    public int Index { get; }

    public string Address => _settings.Address;

    public Member Member { get; }

    public SimClock Clock { get; }

    /// <summary>Counts its starts; events of an earlier life are void.</summary>
    public int Life { get; private set; }

    public bool IsUp { get; private set; }

    /// <summary>False for a node that is about to stop.</summary>
    public bool TakesMail { get; set; } = true;

    public ExchangeCore Core { get; private set; } = null!;

    public Outbox Outbox { get; private set; } = null!;

    public Ledger Ledger { get; private set; } = null!;

    /// <summary>The others' counts in the ledger.</summary>
    public NetworkCounts Counts { get; private set; } = null!;

    /// <summary>The other ends of its links, by link number.</summary>
    public Dictionary<long, SimNode> Links { get; } = [];

    /// <summary>The last batch that is complete for the hold.</summary>
    public ulong HoldComplete { get; set; }

    /// <summary>A certificate as the simulated authority issues them: its octets say who it is.</summary>
    public static Member MemberOf(int index, string @operator)
    {
        var certificate = new byte[CertificateSize];
        BinaryPrimitives.WriteInt32BigEndian(certificate, index);
        return new Member(OriginId.OfKey(certificate), @operator, certificate, static (_, _) => true);
    }

    public static int IndexOf(ReadOnlyMemory<byte> certificate) => BinaryPrimitives.ReadInt32BigEndian(certificate.Span);

    /// <summary>Counts attempts, as <see cref="Throttle.Throttle"/> does at RCPT.</summary>
    /// <param name="tell">False for a liar, which counts for itself only.</param>
    public Attempt Register(IpBlock host, uint quarters = CountEntry.PerUnit, bool tell = true)
    {
        var before = Ledger.AddOwn(host, quarters / (float)CountEntry.PerUnit, Ledger.Now);
        var batch = tell ? Outbox.Add(host, quarters) : 0;
        if (tell)
        {
            _network.Statistics.Count(new BatchKey(Member.Origin, Core.Epoch, batch), _network.Now);
        }

        return new Attempt(host, 0, ToPostmaster: false, before, batch);
    }

    /// <summary>Counts a recipient that does not exist, likewise.</summary>
    public void RegisterBadRecipient(IpBlock host)
    {
        Ledger.AddBadRecipient(host);
        Outbox.AddBadRecipient(host);
    }

    /// <summary>The verdict after the hold, by the host's own counts; what its neighbours do is left out.</summary>
    public VerdictAction Judge(in Attempt attempt)
    {
        var ladder = new LadderCounts(Ledger.ReadHost(attempt.Host, Ledger.Now), default, default);
        return Judgement.Attempt(attempt, Counts.Believe(new Evidence(attempt.Host, ladder, default))).Action;
    }

    /// <summary>Tick by tick.</summary>
    public void Tick()
    {
        Core.Tick(Clock.Now);
        Counts.Operators = Core.Operators;
    }

    /// <summary>What a node does every minute, for its next start.</summary>
    public void Store() => _stored = new SimStore(Ledger, Core.Export(Clock.Now));

    public void Crash() => IsUp = false;

    /// <param name="forget">Its data directory, but for the epoch, is gone.</param>
    public void Start(bool forget = false)
    {
        if (forget)
            _stored = new SimStore();
        Life++;
        IsUp = true;
        HoldComplete = 0;
        Links.Clear();
        Ledger = new Ledger(Options, Clock);
        _stored.Restore(Ledger);
        Counts = new NetworkCounts(Options, Ledger, Member.Operator, _network.Faulty);
        Counts.Recall();
        Outbox = new Outbox();
        Core = new ExchangeCore(
            _settings, Member, static _ => new byte[Batch.SignatureSize], (ulong)Life, Outbox, _network.Admit, new Random(_seed + Life), _stored.AppliedRanges);
    }
}
