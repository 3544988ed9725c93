using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Exchange;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Throttle;

/// <summary>What up to two lying operators of six or more can do to a host that keeps to its soft limit: slow it.</summary>
public sealed class LyingOperatorTests
{
    private const double SoftUnits = 2; // 4 an hour; the soft limit is 5
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private readonly FakeTimeProvider _time = new();
    private readonly ThrottleOptions _options = new();
    private readonly Ledger _ledger;
    private readonly Outbox _outbox = new();
    private readonly NetworkCounts _counts;
    private readonly MxNode.Throttle.Throttle _throttle;
    private int _attempts;

    public LyingOperatorTests()
    {
        _ledger = new Ledger(_options.ToLimits(), _time);
        _counts = Counts(_ledger);
        _throttle = new(_options, _ledger, new RetryMemory(_options.MaxEnvelopes, _options.RetryWindow), _counts, _outbox);
    }

    [Fact]
    public void A_little_of_the_host_and_much_of_its_neighbours_slows_it()
    {
        Crowd("liar", 400);
        Report("liar", Host, 5); // no more than is believed of anybody
        var verdict = Attempt();
        Assert.True(_throttle.Describe(Host).Limit <= 5);
        Assert.Equal(VerdictAction.Slow, verdict.Action);
    }

    [Fact]
    public void Two_who_add_to_what_an_honest_one_saw_slow_it()
    {
        Report("liar", Host, 5);
        Report("honest", Host, SoftUnits);
        Report("liar", Host, 1000);
        Report("other liar", Host, 1000);
        Crowd("other liar", 400);
        Assert.Equal(VerdictAction.Slow, Attempt().Action);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)] // left in the day's count only
    public void Lies_that_were_counted_before_a_restart_slow_it(int hours)
    {
        Report("liar", Host, 100_000);
        _time.Advance(TimeSpan.FromHours(hours));
        var again = Counts(_ledger);
        again.Recall();
        var throttle = new MxNode.Throttle.Throttle(_options, _ledger, new RetryMemory(_options.MaxEnvelopes, _options.RetryWindow), again, _outbox);
        Assert.Equal(VerdictAction.Slow, throttle.Judge(throttle.Register(Host, null, new Mailbox("ann", "example.net"))).Action);
    }

    [Fact]
    public void Invented_guesses_slow_it()
    {
        Report("liar", Host, 0, bad: 2.5);
        Report("honest", Host, 1, bad: 1);
        Report("liar", Host, 0, bad: 1000);
        Report("other liar", Host, 0, bad: 1000);
        Attempt();
        Attempt();
        Report("yet another", Host, 0, bad: 2);
        Assert.Equal(VerdictAction.Slow, Attempt().Action);
    }

    [Fact]
    public void What_is_disbelieved_is_not_given_to_newcomers()
    {
        Report("liar", Host, 1000, bad: 1000);
        var row = Assert.Single(_counts.Read(_counts.Hottest(10), [], 10));
        Assert.InRange(row.AttemptsFast, 0, 5);
        Assert.InRange(row.AttemptsSlow, 0, 37.5);
        Assert.InRange(row.BadFast, 0, 2.5);
    }

    [Fact]
    public void What_it_did_itself_has_it_deferred_all_the_same()
    {
        Crowd("liar", 400);
        var verdicts = Enumerable.Range(0, 4).Select(_ => Attempt().Action).ToList();
        Assert.Equal([VerdictAction.Forward, VerdictAction.Slow, VerdictAction.Slow, VerdictAction.Defer], verdicts);
    }

    [Fact]
    public void What_many_operators_saw_has_it_deferred_all_the_same()
    {
        for (var i = 0; i < 12; i++)
        {
            Report($"operator {i}", Host, 1);
        }

        Assert.Equal(VerdictAction.Defer, Attempt().Action);
    }

    [Fact]
    public void Where_nobody_need_be_feared_everybodys_word_counts()
    {
        _counts.Operators = new OperatorsHeard(2, IsSettled: true);
        Crowd("neighbour", 400);
        Report("neighbour", Host, 5);
        Assert.Equal(VerdictAction.Defer, Attempt().Action);
    }

    private NetworkCounts Counts(Ledger ledger) => new(_options.ToLimits(), ledger, "us", faulty: 2) { Operators = new OperatorsHeard(8, IsSettled: true) };

    private Verdict Attempt() => _throttle.Judge(_throttle.Register(Host, null, new Mailbox($"user{_attempts++}", "example.net")));

    private void Crowd(string reporter, double units)
    {
        for (var i = 0; i < 50; i++)
        {
            Report(reporter, IpBlock.Of(IPAddress.Parse($"192.0.2.{100 + i}")), units / 50);
        }
    }

    private void Report(string reporter, IpBlock host, double units, double bad = 0) =>
        _counts.Add(
            reporter,
            BatchCounts.Of(
                units > 0 ? [new CountEntry(host.Key, (uint)(units * CountEntry.PerUnit))] : [],
                bad > 0 ? [new CountEntry(host.Key, (uint)(bad * CountEntry.PerUnit))] : []),
            _time.GetUtcNow().ToUnixTimeMilliseconds());
}
