using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Benchmarks.Exchange;

/// <summary>
/// Throughput of received batches on one core: rows a second into a real ledger of a million hosts, each with its site and its
/// region. Rows of cold hosts are measured from the wire on, decoded by a real core; rows of warm hosts, reported by several operators,
/// already decoded. Also signatures a second, of batches of 200 rows.
/// </summary>
[WarmupCount(8)] // an iteration is one invocation, because batches are new each time; the warm-up lasts until the compiler has produced its final code,
[IterationCount(8)] // and after eight iterations the hosts are warm
public class TakeBenchmarks
{
    private const int Batches = 1000;
    private const int Rows = 200;
    private const int Known = 1_000_000;

    private readonly Batch[] _batches = new Batch[Batches];
    private readonly BatchCounts[] _counted = new BatchCounts[Batches];
    private readonly List<Effect> _effects = [];
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private BatchCounts[] _known = [];
    private CountingEngine _counts = null!;
    private ExchangeCore _core = null!;
    private BatchVerifier _verify = null!;
    private long _now;

    [GlobalSetup]
    public void Setup()
    {
        _now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        _verify = BatchSignature.VerifierOf(_key);
        var random = new Random(1);
        var hosts = Enumerable.Range(0, Known).Select(_ => 0x00ff_0000_0000_0000 | (ulong)random.NextInt64(1L << 32)).ToArray();
        _known = [.. hosts.Chunk(Rows).Select(OneOfEach)];
        _counts = Filled();

        for (var i = 0; i < Batches; i++)
        {
            _counted[i] = OneOfEach(random.GetItems(hosts, Rows));
            _batches[i] = Batch.Sign(new BatchKey(new OriginId(1, 2), 1, (ulong)i + 1), _now, _counted[i], BatchSignature.SignerOf(_key));
        }
    }

    /// <summary>Batches are new each time, because a batch keeps its decoded counts; the ledger is, because its hosts would become warm.</summary>
    [IterationSetup(Target = nameof(RowFromWireToLedger))]
    public void Renew()
    {
        for (var i = 0; i < Batches; i++)
        {
            _batches[i] = new Batch(_batches[i].Key, _batches[i].Time, _batches[i].Body, _batches[i].Signature);
        }

        _counts = Filled();
        var origin = _batches[0].Key.Origin;
        _core = new ExchangeCore(
            new ExchangeSettings { Network = "bench", OriginBurst = int.MaxValue, LinkBurst = int.MaxValue },
            new ExchangeStart(MemberOf(new OriginId(3, 4)), _ => [], 1, []), new Outbox(), _ => null, new Random(1));
        _core.LinkUp(_now, new LinkId(1), MemberOf(origin), null);
        _core.Receive(_now, new LinkId(1), new HelloFrame(1, 1, "bench", origin, 1, "", false), 100);
        _effects.Clear();
        _core.TakeEffects(_effects);
    }

    [GlobalCleanup]
    public void Cleanup() => _key.Dispose();

    [Benchmark(OperationsPerInvoke = Batches * Rows)]
    public void RowOfWarmHostToLedger()
    {
        foreach (var counts in _counted)
        {
            _counts.Apply("operator", counts, _now, _now);
        }
    }

    [Benchmark(OperationsPerInvoke = Batches * Rows)]
    public void RowFromWireToLedger()
    {
        foreach (var batch in _batches)
        {
            _effects.Clear();
            _core.Receive(_now, new LinkId(1), new DeliveryFrame(batch, Repair: false, Age: 0), 900);
            _core.TakeEffects(_effects);
            foreach (var effect in _effects)
            {
                if (effect is ApplyBatch apply)
                {
                    _counts.Apply(apply.Operator, apply.Counts, apply.Time, _now);
                }
            }
        }
    }

    [Benchmark(OperationsPerInvoke = Batches)]
    public bool Signature()
    {
        var good = true;
        foreach (var batch in _batches)
        {
            good &= batch.IsSignedBy(_verify);
        }

        return good;
    }

    // One new attempt of each host.
    private static BatchCounts OneOfEach(IEnumerable<ulong> hosts) => BatchCounts.Of(hosts.Distinct().Select(h => new CountEntry(h, CountEntry.PerUnit)), []);

    private CountingEngine Filled()
    {
        var engine = new CountingEngine(CountingLimits.Default, _now, new FaultTolerance("us", 2)) { Operators = new ActiveOperators(8, IsSettled: true) };
        foreach (var counts in _known)
        {
            engine.Apply("operator", counts, _now, _now);
        }

        return engine;
    }

    private static Member MemberOf(OriginId id) => new(id, "operator", new byte[500], (_, _) => true);
}
