using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>The executor with a stub of its host.</summary>
public sealed class EffectExecutorTests
{
    private static readonly Member Self = MemberOf(1);
    private readonly Host _host = new();
    private readonly HoldGate _gate = new();
    private readonly ExchangeCore _core = new(
        new ExchangeSettings { Network = "test.net" }, new ExchangeStart(Self, static _ => new byte[Batch.SignatureSize], Epoch: 1, []), new Outbox(), static _ => null, new Random(1));

    private readonly EffectExecutor _executor;

    public EffectExecutorTests()
    {
        var clock = new CountingClock(new FakeTimeProvider());
        var counts = new CountingEngine(CountingLimits.Default, clock.Now, new FaultTolerance("operator-1", 1));
        _executor = new EffectExecutor(counts, clock, _gate, _host);
    }

    [Fact]
    public void A_link_that_is_cut_while_a_frame_is_sent_is_removed_and_the_other_effects_are_executed()
    {
        _core.Tick(_host.Now);
        _core.LinkUp(_host.Now, new LinkId(1), MemberOf(2), connectedTo: null);
        _host.CutsOff = new LinkId(1);
        _executor.Drain(_core);
        Assert.Empty(_core.Neighbours);
        Assert.Equal([ExchangeFact.PeerLeft], _host.Facts.Select(f => f.Kind));
    }

    [Fact]
    public void An_effect_that_throws_does_not_stop_the_next()
    {
        _core.LinkUp(_host.Now, new LinkId(1), MemberOf(2), connectedTo: null);
        _core.LinkUp(_host.Now, new LinkId(2), MemberOf(3), connectedTo: null);
        _host.FailsOn = new LinkId(1);
        _executor.Drain(_core);
        Assert.Single(_host.Failures);
        Assert.Equal([new LinkId(2)], _host.SentTo);
    }

    [Fact]
    public void Concurrent_requests_share_one_snapshot_that_another_thread_gathers()
    {
        _core.Tick(_host.Now);
        for (var i = 2; i <= 4; i++)
        {
            var link = new LinkId(i);
            _core.LinkUp(_host.Now, link, MemberOf(i), connectedTo: null);
            _core.Receive(_host.Now, link, new HelloFrame(1, 1, "test.net", MemberOf(i).Origin, 1, "", Urgent: false), 100);
            _core.Receive(_host.Now, link, new SnapshotRequestFrame((ulong)i, 10), 100);
        }

        _executor.Drain(_core);
        Assert.Equal(1, _host.Walks);
        _host.RunAll(_executor, _core);
        Assert.Equal([2UL, 3, 4], _host.Chunks.Order().ToArray());
    }

    private static Member MemberOf(byte number) => new(new OriginId(number, number), $"operator-{number}", new byte[] { number }, static (_, _) => true);

    private static Member MemberOf(int number) => MemberOf((byte)number);

    private sealed class Host : IExchangeHost
    {
        private readonly Queue<Action> _elsewhere = [];

        public long Now => 1_000_000;

        public LinkId? CutsOff { get; set; }

        public LinkId? FailsOn { get; set; }

        public List<LinkId> SentTo { get; } = [];

        public List<ulong> Chunks { get; } = [];

        public List<Fact> Facts { get; } = [];

        public List<Exception> Failures { get; } = [];

        public int Walks { get; private set; }

        public LinkId? Send(LinkId link, Frame frame)
        {
            if (link == FailsOn)
            {
                throw new InvalidOperationException("a fault");
            }

            SentTo.Add(link);
            if (frame is SnapshotChunkFrame chunk)
            {
                Chunks.Add(chunk.Id);
            }

            return link == CutsOff ? link : null;
        }

        public void RunElsewhere<T>(Func<T> work, Action<T?> then)
            where T : class
        {
            Walks++;
            _elsewhere.Enqueue(() => then(work()));
        }

        public void RunAll(EffectExecutor executor, ExchangeCore core)
        {
            while (_elsewhere.TryDequeue(out var next))
            {
                next();
                executor.Drain(core);
            }
        }

        public void Drop(LinkId link)
        {
        }

        public void Connect(string address)
        {
        }

        public void StoreEpoch(ulong epoch)
        {
        }

        public void StoreEviction(Member member, EquivocationProof proof)
        {
        }

        public void Applying(ApplyBatch batch)
        {
        }

        public void Note(Fact fact) => Facts.Add(fact);

        public void Failed(Exception failure) => Failures.Add(failure);
    }
}
