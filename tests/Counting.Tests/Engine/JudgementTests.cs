using System.Globalization;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class JudgementTests
{
    private static readonly IpBlock Host = Of("192.0.2.1");
    // The most units that one batch can report of a host.
    private const double Most = CountEntry.MaxQuarters / CountEntry.PerUnit;

    private readonly EngineRig _rig = new();

    [Fact]
    public void The_first_recipients_of_a_burst_pass_then_are_slowed_then_deferred_then_refused()
    {
        var burst = Enumerable.Range(0, 60).Select(_ => Register(Host)).ToArray();
        _rig.Advance(_rig.Limits.Hold);
        var verdicts = burst.Select(a => _rig.Judge(a)).ToArray();
        Assert.All(verdicts[..3], v => Assert.Equal(new Verdict(VerdictAction.Forward, VerdictReason.PersonRate), v));
        Assert.All(verdicts[3..10], v => Assert.Equal((VerdictAction.Slow, VerdictReason.OverSoftLimit), (v.Action, v.Reason)));
        Assert.All(verdicts[10..20], v => Assert.Equal((VerdictAction.Defer, VerdictReason.OverHardLimit), (v.Action, v.Reason)));
        Assert.All(verdicts[20..], v => Assert.Equal((VerdictAction.Refuse, VerdictReason.FarOverLimit), (v.Action, v.Reason)));
    }

    [Theory]
    [InlineData(2.5f, 0)]
    [InlineData(5, 87 / 9.0)] // a third of the way from the soft limit to the hard one, squared
    [InlineData(6.25f, 87 / 4.0)]
    [InlineData(9.9999f, 87)]
    public void The_delay_grows_with_the_square_of_the_excess(float before, double seconds)
    {
        _rig.AddOwn(Host, before);
        var verdict = _rig.Judge(Register(Host));
        Assert.Equal(VerdictAction.Slow, verdict.Action);
        Assert.Equal(seconds, verdict.Delay.TotalSeconds, 0.01);
    }

    [Fact]
    public void A_deferred_host_passes_after_its_RetryAfter_and_not_much_sooner()
    {
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            var host = Of(string.Create(CultureInfo.InvariantCulture, $"10.{round}.0.1"));
            _rig.AddOwn(host, 11 + (float)(random.NextDouble() * 600));
            var verdict = _rig.Judge(Register(host));
            Assert.Contains(verdict.Action, new[] { VerdictAction.Defer, VerdictAction.Refuse });
            Assert.True(verdict.RetryAfter >= TimeSpan.FromMinutes(1));
            _rig.Advance(verdict.RetryAfter - TimeSpan.FromMinutes(5));
            Assert.NotEqual(VerdictAction.Slow, _rig.Describe(host).Verdict.Action);
            _rig.Advance(TimeSpan.FromMinutes(5));
            Assert.Equal(VerdictAction.Slow, _rig.Judge(Register(host)).Action);
        }
    }

    [Fact]
    public void Reported_counts_that_arrive_before_the_judgement_are_included()
    {
        var attempt = Register(Host);
        _rig.AddUnattributed(Host, 60, 0);
        var verdict = _rig.Judge(attempt);
        Assert.Equal((VerdictAction.Defer, VerdictReason.OverHardLimit), (verdict.Action, verdict.Reason));
        Assert.Equal(30 * Math.Log(61 * 2 / 20.0), verdict.RetryAfter.TotalMinutes, 0.05);
    }

    [Fact]
    public void Reports_alone_never_have_a_host_refused()
    {
        Assert.Equal(VerdictAction.Forward, _rig.Judge(Register(Host)).Action);
        for (var i = 0; i < 100; i++)
        {
            _rig.AddUnattributed(Host, Most, Most);
            _rig.AddUnattributed(Of("192.0.2.77"), Most, 0);
            if (i < 8)
            {
                Assert.Equal(VerdictAction.Defer, _rig.Judge(Register(Host)).Action);
            }

            Assert.False(_rig.IsRefusedAtConnect(Host, out _));
        }
    }

    [Fact]
    public void A_refused_host_cannot_connect_until_it_is_under_its_limit_again()
    {
        for (var i = 0; i < 21; i++)
        {
            Assert.False(_rig.IsRefusedAtConnect(Host, out _));
            _rig.Judge(Register(Host));
        }

        Assert.True(_rig.IsRefusedAtConnect(Host, out var verdict));
        Assert.Equal((VerdictAction.Refuse, VerdictReason.FarOverLimit), (verdict.Action, verdict.Reason));
        Assert.Equal(30 * Math.Log(21 * 2 / 20.0), verdict.RetryAfter.TotalMinutes, 0.05);
        _rig.Advance(verdict.RetryAfter - TimeSpan.FromSeconds(10));
        Assert.True(_rig.IsRefusedAtConnect(Host, out _));
        _rig.Advance(TimeSpan.FromSeconds(10));
        Assert.False(_rig.IsRefusedAtConnect(Host, out _));

        // Between the limit and twice the limit, a host that was let in again is deferred, not refused.
        _rig.AddOwn(Host, 2);
        Assert.False(_rig.IsRefusedAtConnect(Host, out _));
        Assert.Equal(VerdictAction.Defer, _rig.Judge(Register(Host)).Action);
    }

    [Fact]
    public void Within_a_session_a_refused_host_is_refused_until_it_is_under_its_limit()
    {
        _rig.AddOwn(Host, 25);
        Assert.Equal(VerdictAction.Refuse, _rig.Judge(Register(Host)).Action);
        _rig.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(VerdictAction.Refuse, _rig.Judge(Register(Host)).Action);
        _rig.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(VerdictAction.Slow, _rig.Judge(Register(Host)).Action);
    }

    [Fact]
    public void A_recipient_registered_before_the_host_went_too_far_is_judged_by_its_rank()
    {
        var first = Register(Host);
        _rig.AddOwn(Host, 50);
        Assert.Equal(VerdictAction.Refuse, _rig.Judge(Register(Host)).Action);
        Assert.Equal(VerdictAction.Forward, _rig.Judge(first).Action);
        Assert.True(_rig.IsRefusedAtConnect(Host, out _));
    }

    [Fact]
    public void A_host_that_stays_under_its_hourly_limit_is_deferred_at_its_day_limit()
    {
        Verdict verdict = default;
        var sent = 0;
        while (verdict.Action is VerdictAction.Forward or VerdictAction.Slow && sent < 1000)
        {
            verdict = _rig.Judge(Register(Host));
            sent++;
            _rig.Advance(TimeSpan.FromMinutes(4));
        }

        Assert.Equal((VerdictAction.Defer, VerdictReason.OverDayLimit), (verdict.Action, verdict.Reason));
        Assert.InRange(sent, 76, 110); // 75 units at once, or 15 an hour for about six hours
        Assert.True(verdict.RetryAfter > TimeSpan.FromMinutes(1));
        _rig.Advance(verdict.RetryAfter);
        Assert.Equal(VerdictAction.Slow, _rig.Judge(Register(Host)).Action);
    }

    [Fact]
    public void A_retry_sooner_than_RetryAfter_costs_a_quarter()
    {
        for (var i = 0; i < 2000; i++)
        {
            _rig.Attempt(Of($"192.0.2.{i % 256}"));
        }

        Assert.Equal(VerdictReason.ManyNewcomers, _rig.Attempt(Of("192.0.2.1"), "a").Reason);
        _rig.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(0.25f, Weight(() => Register(Host, "a")));
    }

    [Fact]
    public void A_retry_no_sooner_than_RetryAfter_costs_nothing_until_it_passes()
    {
        _rig.AddOwn(Host, 14);
        var wait = _rig.Attempt(Host, "b").RetryAfter;
        Assert.Equal(30 * Math.Log(1.5), wait.TotalMinutes, 0.1);
        _rig.Advance(wait / 2);
        Assert.Equal(0f, Weight(() => Register(Host, "b"))); // sooner, but over its limit anyway
        _rig.Advance(_rig.Attempt(Host, "c").RetryAfter);
        Assert.Equal(0f, Weight(() => Register(Host, "b")));
        Assert.Equal(1f, Weight(() => Assert.Equal(VerdictAction.Slow, _rig.Attempt(Host, "c").Action)));
        _rig.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(1f, Weight(() => Assert.True(_rig.Attempt(Host, "b").Passes)));
    }

    [Fact]
    public void The_retry_window_slides_and_ends()
    {
        Register(Host, "a");
        for (var i = 0; i < 3; i++)
        {
            _rig.Advance(TimeSpan.FromHours(3.9));
            Assert.Equal(0f, Weight(() => Register(Host, "a")));
        }

        _rig.Advance(TimeSpan.FromHours(4.1));
        Assert.Equal(1f, Weight(() => Register(Host, "a")));
    }

    [Fact]
    public void After_delivery_from_another_host_or_in_parallel_an_envelope_counts_whole()
    {
        var attempt = Register(Host, "a");
        Assert.Equal(1f, Weight(() => Register(Host, "a")));
        _rig.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1f, Weight(() => Register(Host, "b")));
        Assert.Equal(1f, Weight(() => _rig.Engine.Register(Host, _rig.Engine.Hash(Host, null, new MailboxParts("a", "example.com")), toPostmaster: false, _rig.Now)));
        Assert.Equal(1f, Weight(() => Register(Of("192.0.2.2"), "a"), Of("192.0.2.2")));
        _rig.Engine.Delivered(attempt);
        Assert.Equal(1f, Weight(() => Register(Host, "a")));
    }

    [Fact]
    public void A_guesser_is_refused_until_its_bad_recipients_have_decayed()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.NotEqual(VerdictReason.GuessingRecipients, _rig.Judge(Register(Host)).Reason);
            _rig.Engine.RecipientUnknown(Host, _rig.Now);
        }

        Assert.False(_rig.IsRefusedAtConnect(Host, out _));
        var attempt = Register(Host);
        _rig.Engine.RecipientUnknown(Host, _rig.Now);
        var verdict = _rig.Judge(attempt);
        Assert.Equal((VerdictAction.Refuse, VerdictReason.GuessingRecipients), (verdict.Action, verdict.Reason));
        Assert.True(_rig.IsRefusedAtConnect(Host, out verdict));
        Assert.Equal(VerdictReason.GuessingRecipients, verdict.Reason);
        _rig.Advance(verdict.RetryAfter);
        Assert.False(_rig.IsRefusedAtConnect(Host, out _));
        Assert.NotEqual(VerdictReason.GuessingRecipients, _rig.Judge(Register(Host)).Reason);
    }

    [Fact]
    public void Few_bad_recipients_among_many_good_ones_do_not_make_a_guesser()
    {
        _rig.AddOwn(Host, 9);
        _rig.AddUnattributed(Host, 15, 0);
        for (var i = 0; i < 6; i++)
        {
            _rig.AddUnattributed(Host, 0, 1);
        }

        Assert.Equal(VerdictReason.OverHardLimit, _rig.Describe(Host).Verdict.Reason);
    }

    [Fact]
    public void Reported_attempts_do_not_hide_bad_recipients_counted_here()
    {
        _rig.AddUnattributed(Host, 100, 0);
        var attempt = Register(Host);
        for (var i = 0; i < 6; i++)
        {
            _rig.Engine.RecipientUnknown(Host, _rig.Now);
        }

        Assert.Equal((VerdictAction.Refuse, VerdictReason.GuessingRecipients), (_rig.Judge(attempt).Action, _rig.Judge(attempt).Reason));
        Assert.True(_rig.IsRefusedAtConnect(Host, out _));
    }

    [Fact]
    public void Bad_recipients_that_are_only_reported_defer_and_do_not_refuse()
    {
        _rig.AddUnattributed(Host, 6, 6);
        var verdict = _rig.Judge(Register(Host));
        Assert.Equal((VerdictAction.Defer, VerdictReason.GuessingRecipients), (verdict.Action, verdict.Reason));
        Assert.False(_rig.IsRefusedAtConnect(Host, out _));
    }

    [Fact]
    public void Mail_to_a_postmaster_passes_until_the_host_is_refused()
    {
        _rig.AddOwn(Host, 12);
        var verdict = _rig.Judge(_rig.Register(Host, toPostmaster: true));
        Assert.Equal(new Verdict(VerdictAction.Slow, VerdictReason.OverHardLimit, _rig.Limits.MaxDelay - _rig.Limits.Hold), verdict);
        _rig.AddOwn(Host, 7);
        Assert.Equal(VerdictAction.Refuse, _rig.Judge(_rig.Register(Host, toPostmaster: true)).Action);
    }

    [Fact]
    public void A_host_far_over_its_limit_takes_nothing_from_its_neighbours()
    {
        for (var i = 0; i < 500; i++)
        {
            _rig.Attempt(Of("192.0.2.9"));
        }

        Assert.Equal(10, _rig.Describe(Host).Areas[0].NewcomersPerHour / 2, 0.01f);
        Assert.Equal(1, _rig.Describe(Host).Chance);
        Assert.Equal(VerdictAction.Forward, _rig.Attempt(Host).Action);
    }

    [Fact]
    public void Addresses_of_one_ipv6_subnet_are_one_host()
    {
        for (var i = 1; i <= 10; i++)
        {
            Assert.NotEqual(VerdictAction.Defer, _rig.Judge(Register(Of($"2001:db8::{i:x}"))).Action);
        }

        Assert.Equal(VerdictAction.Defer, _rig.Judge(Register(Of("2001:db8::ffff"))).Action);
    }

    [Fact]
    public void The_report_shows_each_level_and_changes_nothing()
    {
        _rig.AddOwn(Host, 2);
        _rig.AddOwn(Of("192.0.2.2"), 3);
        _rig.AddUnattributed(Host, 5, 1);
        var report = _rig.Describe(Host);
        Assert.Equal(report.Counts, _rig.Describe(Host).Counts);
        Assert.Equal((4f, 14f, 14f), (report.Counts.Own * 2, report.Counts.PerHour, report.Counts.PerDay));
        Assert.Equal(_rig.Limits.Host, report.Limits);
        Assert.Equal(["192.0.2.0/24", "192.0.0.0/16"], report.Areas.Select(a => a.Block.ToString()));
        Assert.Equal([14f, 14f], report.Areas.Select(a => a.NewcomersPerHour)); // an attempt of each host, and what the snapshot added
        Assert.Equal(3, report.Left);
        Assert.Equal([100f, 1000f], report.Areas.Select(a => a.LimitPerHour));
        Assert.False(report.Standing);
        Assert.Equal(0.7f, report.Load);
        Assert.Equal(1, report.BadRecipients.Others);
        Assert.Equal(VerdictAction.Slow, report.Verdict.Action);
    }

    private static IpBlock Of(string address) => EngineRig.Of(address);

    private Attempt Register(IpBlock host, string? recipient = null) => _rig.Register(host, recipient);

    private float Weight(Action register, IpBlock? host = null)
    {
        var before = _rig.Read(host ?? Host).Own;
        register();
        return MathF.Round(_rig.Read(host ?? Host).Own - before, 4);
    }
}
