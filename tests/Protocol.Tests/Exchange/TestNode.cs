using System.Security.Cryptography;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>A core with a real key, and its effects so far. Its certificate is its public key, its expiry, and its operator's name.</summary>
internal sealed class TestNode : IDisposable
{
    private readonly ECDsa _key;
    private static long _links;

    public TestNode(string @operator, ulong epoch = 1, TestNode? sameKeyAs = null, Func<ExchangeSettings, ExchangeSettings>? change = null, IReadOnlyCollection<AppliedRange>? restored = null, long validUntil = long.MaxValue)
    {
        _key = sameKeyAs?._key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Member = MemberOf(@operator, _key, validUntil);
        Sign = BatchSignature.SignerOf(_key);
        var settings = new ExchangeSettings { Network = "test", Address = $"{@operator}.test:7000" };
        var start = new ExchangeStart(Member, Sign, epoch, restored ?? [new AppliedRange(Member.Origin, 0, 0, [])]);
        Core = new ExchangeCore(change?.Invoke(settings) ?? settings, start, Outbox, Admit, new Random(1));
    }

    public Member Member { get; }

    public BatchSigner Sign { get; }

    public Outbox Outbox { get; } = new();

    /// <summary>Operators whose certificates it rejects.</summary>
    public HashSet<string> Rejected { get; } = ["stranger"];

    public ExchangeCore Core { get; }

    public List<Effect> Done { get; } = [];

    /// <summary>The other ends of links.</summary>
    public Dictionary<LinkId, TestNode> Links { get; } = [];

    public IEnumerable<ApplyBatch> Applied => Done.OfType<ApplyBatch>();

    public double UnitsApplied => Applied.Sum(a => a.Counts.Attempts.Sum(e => e.Units));

    public ulong Complete => Done.OfType<HoldComplete>().LastOrDefault()?.Seq ?? 0;

    public IEnumerable<Frame> Sent => Done.OfType<SendTo>().Select(s => s.Frame);

    /// <summary>A batch as this node would sign it.</summary>
    public Batch Batch(ulong epoch, ulong seq, uint quarters, long time) =>
        Protocol.Batches.Batch.Sign(new BatchKey(Member.Origin, epoch, seq), time, BatchCounts.Of([new CountEntry(Host.Key, quarters)], []), Sign);

    public static IpBlock Host { get; } = IpBlock.Of(System.Net.IPAddress.Parse("192.0.2.1"));

    /// <summary>Links two nodes and exchanges their hellos.</summary>
    public static LinkId Link(TestNode a, TestNode b, long now)
    {
        var id = new LinkId(++_links);
        a.Links[id] = b;
        b.Links[id] = a;
        a.Core.LinkUp(now, id, b.Member, b.Member.Operator + ".test:7000");
        b.Core.LinkUp(now, id, a.Member, null);
        Run(now, a, b);
        return id;
    }

    /// <summary>A link whose other end is the test: hellos are exchanged, frames are given by <see cref="ExchangeCore.Receive"/>.</summary>
    public LinkId LinkTo(TestNode puppet, long now, HelloFrame? hello = null)
    {
        var id = new LinkId(++_links);
        Core.LinkUp(now, id, puppet.Member, null);
        Core.Receive(now, id, hello ?? puppet.Hello(), 100);
        Take();
        return id;
    }

    public HelloFrame Hello() => new(1, 1, "test", Member.Origin, 1, "", false);

    /// <summary>Delivers frames until no node has any more to send.</summary>
    public static void Run(long now, params TestNode[] nodes)
    {
        for (var quiet = false; !quiet;)
        {
            quiet = true;
            foreach (var node in nodes)
            {
                foreach (var effect in node.Take())
                {
                    quiet = false;
                    if (effect is SendTo send && node.Links.TryGetValue(send.Link, out var to))
                        to.Core.Receive(now, send.Link, send.Frame, FrameWriter.Write(send.Frame).CalculateSize());
                    else if (effect is DropLink drop && node.Links.Remove(drop.Link, out var other))
                        other.Core.LinkDown(now, drop.Link);
                }
            }
        }
    }

    /// <summary>Lets time pass for some nodes, tick by tick. Frames are delivered at once.</summary>
    public static long Pass(long now, long milliseconds, params TestNode[] nodes)
    {
        for (var until = now + milliseconds; now < until;)
        {
            now += ExchangeCore.TickInterval;
            foreach (var node in nodes)
                node.Core.Tick(now);
            Run(now, nodes);
        }

        return now;
    }

    public List<Effect> Take()
    {
        var effects = new List<Effect>();
        Core.TakeEffects(effects);
        Done.AddRange(effects);
        return effects;
    }

    public void Dispose() => _key.Dispose();

    private static Member MemberOf(string @operator, ECDsa key, long validUntil)
    {
        var spki = key.ExportSubjectPublicKeyInfo();
        byte[] certificate = [(byte)spki.Length, .. spki, .. BitConverter.GetBytes(validUntil), .. System.Text.Encoding.ASCII.GetBytes(@operator)];
        return new Member(OriginId.OfKey(spki), @operator, certificate, BatchSignature.VerifierOf(key), validUntil);
    }

    // There is no authority: any key is admitted, except keys of the operators in <see cref="Rejected"/>.
    private Member? Admit(ReadOnlyMemory<byte> certificate)
    {
        var spki = certificate.Slice(1, certificate.Span[0]);
        var rest = certificate.Span[(1 + spki.Length)..];
        var name = System.Text.Encoding.ASCII.GetString(rest[sizeof(long)..]);
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(spki.Span, out _);
        return Rejected.Contains(name) ? null : new Member(OriginId.OfKey(spki.Span), name, certificate, BatchSignature.VerifierOf(key), BitConverter.ToInt64(rest));
    }
}
