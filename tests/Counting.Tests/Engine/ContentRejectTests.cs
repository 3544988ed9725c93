using System.Globalization;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

/// <summary>Messages that content filters refused, as evidence against a host.</summary>
public sealed class ContentRejectTests
{
    private const float Limit = 4;

    private static readonly IpBlock Host = EngineRig.Of("192.0.2.1");
    private static readonly CountingLimits Limits = CountingLimits.Default with { WarmUp = TimeSpan.Zero, ContentRejects = Limit, MaxEnvelopes = 1024, MaxRows = 100_000 };

    private readonly EngineRig _rig = new(Limits, faulty: 2, active: new ActiveOperators(8, IsSettled: true));

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    [Fact]
    public void By_default_they_are_neither_counted_nor_shared_nor_judged()
    {
        var rig = new EngineRig(faulty: 2);
        for (var i = 0; i < 9; i++)
        {
            rig.Register(Host);
            rig.Engine.ContentRefused(Host, rig.Now);
            Report(rig, $"operator {i}", Host, 100);
        }

        var batches = rig.Outbox!.Take(out _);
        Assert.NotEmpty(batches);
        Assert.All(batches, b => Assert.Empty(b.BadRecipients));
        Assert.Equal(0, rig.Describe(Host).ContentRejects.Own);
        Assert.NotEqual(0, rig.Describe(Host).ContentRejects.Others);
        Assert.NotEqual(VerdictReason.RefusedContent, rig.Attempt(Host).Reason);
        Assert.False(rig.IsRefusedAtConnect(Host, out _));
    }

    [Fact]
    public void A_host_is_refused_above_the_limit_until_its_refused_messages_have_decayed()
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.NotEqual(VerdictReason.RefusedContent, _rig.Attempt(Host).Reason);
            _rig.Engine.ContentRefused(Host, _rig.Now);
        }

        Assert.False(_rig.IsRefusedAtConnect(Host, out _));
        var attempt = _rig.Register(Host);
        _rig.Engine.ContentRefused(Host, _rig.Now);
        var verdict = _rig.Judge(attempt);
        Assert.Equal((VerdictAction.Refuse, VerdictReason.RefusedContent), (verdict.Action, verdict.Reason));
        Assert.True(_rig.IsRefusedAtConnect(Host, out verdict));
        Assert.Equal(VerdictReason.RefusedContent, verdict.Reason);
        Assert.False(_rig.IsRefusedAtConnect(EngineRig.Of("192.0.2.2"), out _));
        _rig.Advance(verdict.RetryAfter);
        Assert.False(_rig.IsRefusedAtConnect(Host, out _));
        Assert.NotEqual(VerdictReason.RefusedContent, _rig.Attempt(Host).Reason);
    }

    [Fact]
    public void Few_refused_messages_among_many_good_ones_are_no_reason()
    {
        _rig.AddOwn(Host, 9);
        for (var i = 0; i < 3; i++)
        {
            _rig.Engine.ContentRefused(Host, _rig.Now);
        }

        Assert.InRange(_rig.Describe(Host).ContentRejects.PerHour, Limit + 1, 6);
        Assert.NotEqual(VerdictReason.RefusedContent, _rig.Attempt(Host).Reason);
    }

    [Fact]
    public void They_are_no_bad_recipients_and_bad_recipients_are_none_of_them()
    {
        for (var i = 0; i < 3; i++)
        {
            _rig.Register(Host);
            _rig.Engine.ContentRefused(Host, _rig.Now);
        }

        var report = _rig.Describe(Host);
        Assert.Equal((3, 0), (report.ContentRejects.Own, report.BadRecipients.Own));
        _rig.Engine.RecipientUnknown(Host, _rig.Now);
        Assert.Equal((3, 1), (_rig.Describe(Host).ContentRejects.Own, _rig.Describe(Host).BadRecipients.Own));
    }

    [Fact]
    public void Reports_of_too_few_operators_defer_nobody_and_corroborated_ones_have_the_host_refused()
    {
        _rig.Register(Host);
        foreach (var liar in new[] { "liar", "other liar" })
        {
            _rig.Report(liar, Host, 1000);
            Report(_rig, liar, Host, 1000);
        }

        Assert.True(_rig.Attempt(Host).Passes);
        Assert.False(_rig.IsRefusedAtConnect(Host, out _));
        for (var i = 0; i < 6; i++)
        {
            _rig.Report($"honest {i}", Host, 3);
            Report(_rig, $"honest {i}", Host, 3);
        }

        Assert.True(_rig.IsRefusedAtConnect(Host, out var verdict));
        Assert.Equal(VerdictReason.RefusedContent, verdict.Reason);
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    [InlineData("fd00::1")]
    public void They_travel_in_batches_which_a_node_without_the_limit_takes_and_passes_on(string address)
    {
        var host = EngineRig.Of(address);
        _rig.Register(host);
        _rig.Engine.ContentRefused(host, _rig.Now);
        _rig.Engine.ContentRefused(host, _rig.Now);
        _rig.Engine.RecipientUnknown(host, _rig.Now);
        Assert.True(BatchBody.TryDecode(BatchBody.Encode(Assert.Single(_rig.Outbox!.Take(out _))), out var counts));

        var others = new EngineRig(Limits, faulty: 2, active: new ActiveOperators(1, IsSettled: true));
        others.Engine.Apply("us", counts, others.Now, others.Now);
        Assert.Equal((2, 1), (others.Describe(host).ContentRejects.Others, others.Describe(host).BadRecipients.Others));
        var old = new EngineRig(faulty: 2, active: new ActiveOperators(1, IsSettled: true));
        old.Engine.Apply("us", counts, old.Now, old.Now);
        Assert.Equal((1, 1), (old.Read(host).Others, old.Describe(host).BadRecipients.Others));
    }

    [Fact]
    public void They_come_back_after_a_restart_and_by_the_snapshots_of_peers()
    {
        _rig.Register(Host);
        for (var i = 0; i < 3; i++)
        {
            _rig.Engine.ContentRefused(Host, _rig.Now);
        }

        var rows = _rig.Engine.ReadSnapshot(_rig.Engine.Hottest(10, _rig.Now), [], 10, _rig.Now);
        Assert.Equal([Host.Supplement.Key, Host.Key], rows.Select(r => r.Key));
        _rig.Restart();
        Assert.Equal(3, _rig.Describe(Host).ContentRejects.Own);
        Assert.True(_rig.IsRefusedAtConnect(Host, out _));

        var fresh = new EngineRig(Limits, faulty: 2, active: new ActiveOperators(8, IsSettled: true));
        fresh.Engine.Raise(rows, fresh.Now);
        Assert.Equal(3, fresh.Describe(Host).ContentRejects.Corroborated);
        Assert.True(fresh.IsRefusedAtConnect(Host, out var verdict));
        Assert.Equal(VerdictReason.RefusedContent, verdict.Reason);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Counts_agree_with_an_exact_oracle_and_no_host_within_the_limit_is_judged_by_them(int seed)
    {
        var random = new Random(seed);
        List<(IpBlock Host, long When, double Units, bool Own)> oracle = [];
        IpBlock[] hosts = [.. Enumerable.Range(1, 6).Select(i => EngineRig.Of(string.Create(CultureInfo.InvariantCulture, $"2001:db8:0:{i}::")))];
        for (var step = 0; step < 3000; step++)
        {
            _rig.Advance(TimeSpan.FromSeconds(random.Next(10) == 0 ? random.Next(1800) : random.Next(30)));
            var host = hosts[random.Next(hosts.Length)];
            var own = random.Next(2) == 0;
            if (own)
            {
                _rig.Engine.ContentRefused(host, _rig.Now);
            }
            else
            {
                Report(_rig, "us", host, 1); // the own operator, whose reports are not lowered
            }

            oracle.Add((host, _rig.Now, 1, own));
            oracle.RemoveAll(e => _rig.Now - e.When > 20 * Decay.FastTau);
            var counts = _rig.Describe(host).ContentRejects;
            AssertClose(Sum(host, own: true), counts.Own);
            AssertClose(Sum(host, own: false), counts.Others);
            var verdict = _rig.Attempt(host);
            Assert.Equal(counts.PerHour > Limit && counts.PerHour > _rig.Read(host).PerHour / 3, verdict.Reason == VerdictReason.RefusedContent);
        }

        double Sum(IpBlock host, bool own) => oracle.Where(e => e.Host == host && e.Own == own).Sum(e => e.Units * Decay.Factor(_rig.Now - e.When, Decay.FastTau));

        void AssertClose(double expected, float actual) =>
            Assert.True(Math.Abs(expected - actual) <= (0.01 * expected) + 1e-6, $"seed {seed}: {expected} expected, {actual} counted");
    }

    private static void Report(EngineRig rig, string reporter, IpBlock host, double messages) => rig.Report(reporter, host.Supplement, 0, messages);
}
