using BenchmarkDotNet.Attributes;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Benchmarks.Exchange;

/// <summary>A core receives batches of 200 rows from one neighbour, decodes them and emits their effects, without verifying signatures.</summary>
[WarmupCount(30)] // an iteration is one invocation; the warm-up lasts until the compiler has produced its final code
[IterationCount(15)]
public class ApplyBenchmarks
{
    private const int Batches = 1000;
    private const int Rows = 200;
    private const long Now = 1_767_225_600_000;

    private readonly Batch[] _batches = new Batch[Batches];
    private readonly List<Effect> _effects = [];
    private ExchangeCore _core = null!;

    [IterationSetup]
    public void Setup()
    {
        var random = new Random(1);
        var origin = new OriginId(1, 2);
        for (var i = 0; i < Batches; i++)
        {
            var counts = BatchCounts.Of(
                Enumerable.Range(0, Rows).Select(_ => new CountEntry(0x00ff_0000_0000_0000 | (ulong)random.NextInt64(1L << 32), 4)).DistinctBy(e => e.Key), []);
            _batches[i] = Batch.Sign(new BatchKey(origin, 1, (ulong)i + 1), Now, counts, _ => new byte[Batch.SignatureSize]);
        }

        _core = new ExchangeCore(
            new ExchangeSettings { Network = "bench", OriginBurst = int.MaxValue, LinkBurst = int.MaxValue },
            new ExchangeStart(MemberOf(new OriginId(3, 4)), _ => [], 1, []), new Outbox(), _ => null, new Random(1));
        _core.LinkUp(Now, new LinkId(1), MemberOf(origin), null);
        _core.Receive(Now, new LinkId(1), new HelloFrame(1, 1, "bench", origin, 1, "", false), 100);
        _core.TakeEffects(_effects);
    }

    [Benchmark(OperationsPerInvoke = Batches * Rows)]
    public int Row()
    {
        foreach (var batch in _batches)
        {
            _effects.Clear();
            _core.Receive(Now, new LinkId(1), new DeliveryFrame(batch, false, 0), 900);
            _core.TakeEffects(_effects);
        }

        return _effects.Count;
    }

    private static Member MemberOf(OriginId id) => new(id, "operator", new byte[500], (_, _) => true);
}
