using System.Buffers.Binary;
using ThrottleNet.Protocol.Blocks;
using ThrottleNet.Protocol.Counts;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>A node of the simulation: a real <see cref="ExchangeCore"/> with a small host around it.</summary>
internal sealed class SimNode
{
    // About what a P-256 certificate takes, so that its octets are counted.
    private const int CertificateSize = 560;

    private readonly ExchangeSettings _settings;
    private readonly MemberAdmission _admit;
    private readonly int _seed;
    private (SimLedger Ledger, IReadOnlyList<Holding> Holdings) _stored = (new SimLedger(), []);

    public SimNode(int index, string @operator, ExchangeSettings settings, MemberAdmission admit, int seed)
    {
        Index = index;
        _settings = settings;
        _admit = admit;
        _seed = seed;
        Member = MemberOf(index, @operator);
        Start();
    }

    public int Index { get; }

    public string Address => _settings.Address;

    public Member Member { get; }

    /// <summary>Milliseconds that its clock is ahead.</summary>
    public int Skew { get; set; }

    /// <summary>Counts its starts; events of an earlier life are void.</summary>
    public int Life { get; private set; }

    public bool IsUp { get; private set; }

    /// <summary>False for a node that is about to stop.</summary>
    public bool TakesMail { get; set; } = true;

    public ExchangeCore Core { get; private set; } = null!;

    public Outbox Outbox { get; private set; } = null!;

    public SimLedger Ledger { get; private set; } = null!;

    public OperatorSums Sums { get; private set; } = null!;

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

    /// <summary>Counts attempts, as a session does at RCPT; gives the seq of the batch that will carry them.</summary>
    public ulong Register(IpBlock host, uint quarters, long now)
    {
        Ledger.AddOwn(host.Key, quarters / (double)CountEntry.PerUnit, now);
        return Outbox.Add(host, quarters);
    }

    /// <summary>Others' counts, as the exchange hands them over.</summary>
    public void Apply(ApplyBatch batch)
    {
        foreach (var entry in batch.Counts.Attempts)
        {
            var before = Ledger.Read(entry.Key, batch.Time).Others;
            Sums.Add(entry.Key, batch.Operator, entry.Units, batch.Time, before);
            if (batch.Key.Origin == Member.Origin)
                Ledger.AddOwn(entry.Key, entry.Units, batch.Time);
            else
                Ledger.AddOthers(entry.Key, entry.Units, batch.Time);
        }
    }

    /// <summary>What a node does every minute, for its next start.</summary>
    public void Store(long now) => _stored = (Ledger.Clone(), Core.Export(now));

    public void Crash() => IsUp = false;

    /// <param name="forget">Its data directory, but for the epoch, is gone.</param>
    public void Start(bool forget = false)
    {
        if (forget)
            _stored = (new SimLedger(), []);
        Life++;
        IsUp = true;
        HoldComplete = 0;
        Links.Clear();
        Ledger = _stored.Ledger.Clone();
        Sums = new OperatorSums(Member.Operator, SimLimits.Faulty, SimLimits.Warm);
        Outbox = new Outbox();
        Core = new ExchangeCore(
            _settings, Member, static _ => new byte[Batch.SignatureSize], (ulong)Life, Outbox, _admit, new Random(_seed + Life), _stored.Holdings);
    }
}
