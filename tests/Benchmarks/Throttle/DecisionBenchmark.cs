using BenchmarkDotNet.Attributes;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Benchmarks.Throttle;

/// <summary>
/// One decision in a ledger of ten million hosts, including site and region. Cold: a host whose rows are in no
/// cache. Hot: one of a few hosts that send all the time.
/// </summary>
public class DecisionBenchmark
{
    private const int Hot = 16;

    private readonly Mailbox _sender = new("sender", "example.org");
    private readonly Mailbox[] _recipients = [.. Enumerable.Range(0, 1024).Select(i => new Mailbox($"recipient{i}", "example.com"))];
    private readonly ulong[] _memory = new ulong[50_000_000];
    private CountingEngine _engine = null!;
    private NodeThrottle _throttle = null!;
    private int _next;

    [GlobalSetup]
    public void Fill()
    {
        Array.Fill(_memory, 1ul);
        _engine = LedgerOfTenMillion.Fill(LedgerOfTenMillion.Hosts);
        _throttle = new NodeThrottle(_engine, new TrustedQuota(_engine), new CountingClock(TimeProvider.System), new RecentRecipients(TimeProvider.System));
    }

    /// <summary>The whole cost of a recipient: hash the envelope, remember it, count, and judge.</summary>
    [Benchmark]
    public bool RegisterAndJudgeCold() => RegisterAndJudge(Cold());

    /// <inheritdoc cref="RegisterAndJudgeCold"/>
    [Benchmark]
    public bool RegisterAndJudgeHot() => RegisterAndJudge(LedgerOfTenMillion.Host(_next++ % Hot));

    /// <summary>The ledger's part: count up the ladder, and read it back.</summary>
    [Benchmark]
    public float CountAndReadCold() => CountAndRead(Cold());

    /// <inheritdoc cref="CountAndReadCold"/>
    [Benchmark]
    public float CountAndReadHot() => CountAndRead(LedgerOfTenMillion.Host(_next++ % Hot));

    /// <summary>The decision alone: read the ladder, and judge.</summary>
    [Benchmark]
    public bool JudgeCold() => Judge(Cold());

    /// <inheritdoc cref="JudgeCold"/>
    [Benchmark]
    public bool JudgeHot() => Judge(LedgerOfTenMillion.Host(_next++ % Hot));

    /// <summary>The check when a host connects.</summary>
    [Benchmark]
    public bool ConnectCold() => _throttle.IsRefusedAtConnect(Cold(), out _);

    /// <inheritdoc cref="ConnectCold"/>
    [Benchmark]
    public bool ConnectHot() => _throttle.IsRefusedAtConnect(LedgerOfTenMillion.Host(_next++ % Hot), out _);

    /// <summary>The time of one read that misses all caches and whose address depends on the read before. The cold figures consist of such waits.</summary>
    [Benchmark(Baseline = true)]
    public int MemoryReadCold() => _next = (int)(((uint)_next * 7_368_787u) + (uint)_memory[_next % _memory.Length]) & int.MaxValue;

    private IpBlock Cold() => LedgerOfTenMillion.Host((int)((uint)_next++ * 7_368_787u % LedgerOfTenMillion.Hosts));

    private bool Judge(IpBlock host) => _throttle.Judge(new Attempt(host, 0, false, default)).Action == VerdictAction.Refuse;

    private bool RegisterAndJudge(IpBlock host)
    {
        var attempt = _throttle.Register(host, _sender, _recipients[_next & 1023]);
        return _throttle.Judge(ref attempt).Action == VerdictAction.Refuse;
    }

    private float CountAndRead(IpBlock host)
    {
        _engine.Ledger.AddOwn(host, 1, LedgerOfTenMillion.Now);
        return _engine.Ledger.Read(host, LedgerOfTenMillion.Now).Counts.Own;
    }
}
