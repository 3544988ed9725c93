using System.Globalization;
using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.Counting.Tests;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Throttle;

public sealed class ThrottleTests
{
    private static readonly IpBlock Host = Of("192.0.2.1");
    private static readonly Mailbox Sender = new("sender", "example.org");

    // As many units as others can tell of in one batch.
    private const double Most = CountEntry.MaxQuarters / CountEntry.PerUnit;

    private readonly ThrottleOptions _options = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Ledger _ledger;
    private readonly MxNode.Throttle.Throttle _throttle;
    private int _recipients;

    public ThrottleTests()
    {
        _ledger = new Ledger(_options.ToLimits(), _time);
        _throttle = New(_options, _ledger);
    }

    [Fact]
    public void The_first_recipients_of_a_burst_pass_then_are_slowed_then_deferred_then_refused()
    {
        var burst = Enumerable.Range(0, 60).Select(_ => Register(Host)).ToArray();
        _time.Advance(_options.Hold);
        var verdicts = burst.Select(a => _throttle.Judge(a)).ToArray();
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
        _ledger.AddOwn(Host, before, _ledger.Now);
        var verdict = _throttle.Judge(Register(Host));
        Assert.Equal(VerdictAction.Slow, verdict.Action);
        Assert.Equal(seconds, verdict.Delay.TotalSeconds, 0.01);
    }

    [Fact]
    public void A_deferred_host_passes_after_the_time_it_was_told_and_not_much_sooner()
    {
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            var host = Of(string.Create(CultureInfo.InvariantCulture, $"10.{round}.0.1"));
            _ledger.AddOwn(host, 11 + (float)(random.NextDouble() * 600), _ledger.Now);
            var verdict = _throttle.Judge(Register(host));
            Assert.Contains(verdict.Action, new[] { VerdictAction.Defer, VerdictAction.Refuse });
            Assert.True(verdict.RetryAfter >= TimeSpan.FromMinutes(1));
            _time.Advance(verdict.RetryAfter - TimeSpan.FromMinutes(5));
            Assert.NotEqual(VerdictAction.Slow, _throttle.Describe(host).Verdict.Action);
            _time.Advance(TimeSpan.FromMinutes(5));
            Assert.Equal(VerdictAction.Slow, _throttle.Judge(Register(host)).Action);
        }
    }

    [Fact]
    public void Counts_from_elsewhere_are_seen_as_they_are_at_the_judgement()
    {
        var attempt = Register(Host);
        _ledger.AddFromNetwork(Host, 60, 0, _time.GetUtcNow());
        var verdict = _throttle.Judge(attempt);
        Assert.Equal((VerdictAction.Defer, VerdictReason.OverHardLimit), (verdict.Action, verdict.Reason));
        Assert.Equal(30 * Math.Log(61 * 2 / 20.0), verdict.RetryAfter.TotalMinutes, 0.05);
    }

    [Fact]
    public void Reports_alone_never_have_a_host_refused()
    {
        Assert.Equal(VerdictAction.Forward, _throttle.Judge(Register(Host)).Action);
        for (var i = 0; i < 100; i++)
        {
            _ledger.AddFromNetwork(Host, Most, Most, _time.GetUtcNow());
            _ledger.AddFromNetwork(Of("192.0.2.77"), Most, 0, _time.GetUtcNow());
            if (i < 8)
            {
                Assert.Equal(VerdictAction.Defer, _throttle.Judge(Register(Host)).Action);
            }

            Assert.False(_throttle.IsRefusedAtDoor(Host, out _));
        }
    }

    [Fact]
    public void A_refused_host_stays_out_until_it_is_under_its_limit_again()
    {
        for (var i = 0; i < 21; i++)
        {
            Assert.False(_throttle.IsRefusedAtDoor(Host, out _));
            _throttle.Judge(Register(Host));
        }

        Assert.True(_throttle.IsRefusedAtDoor(Host, out var verdict));
        Assert.Equal((VerdictAction.Refuse, VerdictReason.FarOverLimit), (verdict.Action, verdict.Reason));
        Assert.Equal(30 * Math.Log(21 * 2 / 20.0), verdict.RetryAfter.TotalMinutes, 0.05);
        _time.Advance(verdict.RetryAfter - TimeSpan.FromSeconds(10));
        Assert.True(_throttle.IsRefusedAtDoor(Host, out _));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(_throttle.IsRefusedAtDoor(Host, out _));

        // Between the limit and twice the limit, a host that was let in again is deferred, not refused.
        _ledger.AddOwn(Host, 2, _ledger.Now);
        Assert.False(_throttle.IsRefusedAtDoor(Host, out _));
        Assert.Equal(VerdictAction.Defer, _throttle.Judge(Register(Host)).Action);
    }

    [Fact]
    public void Inside_a_session_too_a_refused_host_is_refused_until_it_is_under_its_limit()
    {
        _ledger.AddOwn(Host, 25, _ledger.Now);
        Assert.Equal(VerdictAction.Refuse, _throttle.Judge(Register(Host)).Action);
        _time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(VerdictAction.Refuse, _throttle.Judge(Register(Host)).Action);
        _time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(VerdictAction.Slow, _throttle.Judge(Register(Host)).Action);
    }

    [Fact]
    public void A_recipient_registered_before_the_host_went_too_far_is_judged_by_its_rank()
    {
        var first = Register(Host);
        _ledger.AddOwn(Host, 50, _ledger.Now);
        Assert.Equal(VerdictAction.Refuse, _throttle.Judge(Register(Host)).Action);
        Assert.Equal(VerdictAction.Forward, _throttle.Judge(first).Action);
        Assert.True(_throttle.IsRefusedAtDoor(Host, out _));
    }

    [Fact]
    public void Who_sends_steadily_under_the_hourly_limit_meets_the_daily_one()
    {
        Verdict verdict = default;
        var sent = 0;
        while (verdict.Action is VerdictAction.Forward or VerdictAction.Slow && sent < 1000)
        {
            verdict = _throttle.Judge(Register(Host));
            sent++;
            _time.Advance(TimeSpan.FromMinutes(4));
        }

        Assert.Equal((VerdictAction.Defer, VerdictReason.OverDayLimit), (verdict.Action, verdict.Reason));
        Assert.InRange(sent, 76, 110); // 75 units at once, or 15 an hour for about six hours
        Assert.True(verdict.RetryAfter > TimeSpan.FromMinutes(1));
        _time.Advance(verdict.RetryAfter);
        Assert.Equal(VerdictAction.Slow, _throttle.Judge(Register(Host)).Action);
    }

    [Fact]
    public void A_retry_of_an_envelope_not_yet_delivered_weighs_a_quarter()
    {
        Register(Host, "a");
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0.25f, Weight(() => Register(Host, "a")));
        Assert.Equal(Math.Exp(-5 / 30.0) + 0.25, _ledger.ReadHost(Host, _ledger.Now).Own, 0.001);
    }

    [Fact]
    public void The_retry_window_slides_and_ends()
    {
        Register(Host, "a");
        _time.Advance(TimeSpan.FromHours(3.9));
        Assert.Equal(0.25f, Weight(() => Register(Host, "a")));
        _time.Advance(TimeSpan.FromHours(3.9));
        Assert.Equal(0.25f, Weight(() => Register(Host, "a")));
        _time.Advance(TimeSpan.FromHours(4.1));
        Assert.Equal(1f, Weight(() => Register(Host, "a")));
    }

    [Fact]
    public void After_delivery_or_from_elsewhere_or_in_parallel_an_envelope_weighs_whole()
    {
        var attempt = Register(Host, "a");
        Assert.Equal(1f, Weight(() => Register(Host, "a")));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1f, Weight(() => Register(Host, "b")));
        Assert.Equal(1f, Weight(() => _throttle.Register(Host, null, new Mailbox("a", "example.com"))));
        Assert.Equal(1f, Weight(() => Register(Of("192.0.2.2"), "a"), Of("192.0.2.2")));
        _throttle.Delivered(attempt);
        Assert.Equal(1f, Weight(() => Register(Host, "a")));
    }

    [Fact]
    public void Who_guesses_recipients_is_refused_until_the_guesses_fade()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.NotEqual(VerdictReason.GuessingRecipients, _throttle.Judge(Register(Host)).Reason);
            _throttle.RecipientUnknown(Host);
        }

        Assert.False(_throttle.IsRefusedAtDoor(Host, out _));
        var attempt = Register(Host);
        _throttle.RecipientUnknown(Host);
        var verdict = _throttle.Judge(attempt);
        Assert.Equal((VerdictAction.Refuse, VerdictReason.GuessingRecipients), (verdict.Action, verdict.Reason));
        Assert.True(_throttle.IsRefusedAtDoor(Host, out verdict));
        Assert.Equal(VerdictReason.GuessingRecipients, verdict.Reason);
        _time.Advance(verdict.RetryAfter);
        Assert.False(_throttle.IsRefusedAtDoor(Host, out _));
        Assert.NotEqual(VerdictReason.GuessingRecipients, _throttle.Judge(Register(Host)).Reason);
    }

    [Fact]
    public void Bad_recipients_among_many_good_ones_are_no_guesses()
    {
        _ledger.AddOwn(Host, 9, _ledger.Now);
        _ledger.AddFromNetwork(Host, 15, 0, _time.GetUtcNow());
        for (var i = 0; i < 6; i++)
        {
            _ledger.AddFromNetwork(Host, 0, 1, _time.GetUtcNow());
        }

        Assert.Equal(VerdictReason.OverHardLimit, _throttle.Describe(Host).Verdict.Reason);
    }

    [Fact]
    public void Attempts_that_others_report_do_not_hide_guesses_seen_here()
    {
        _ledger.AddFromNetwork(Host, 100, 0, _time.GetUtcNow());
        var attempt = Register(Host);
        for (var i = 0; i < 6; i++)
        {
            _throttle.RecipientUnknown(Host);
        }

        Assert.Equal((VerdictAction.Refuse, VerdictReason.GuessingRecipients), (_throttle.Judge(attempt).Action, _throttle.Judge(attempt).Reason));
        Assert.True(_throttle.IsRefusedAtDoor(Host, out _));
    }

    [Fact]
    public void Guesses_that_only_others_saw_delay_and_do_not_refuse()
    {
        _ledger.AddFromNetwork(Host, 6, 6, _time.GetUtcNow());
        var verdict = _throttle.Judge(Register(Host));
        Assert.Equal((VerdictAction.Defer, VerdictReason.GuessingRecipients), (verdict.Action, verdict.Reason));
        Assert.False(_throttle.IsRefusedAtDoor(Host, out _));
    }

    [Fact]
    public void Postmasters_can_be_reached_up_to_the_refusal()
    {
        var postmaster = new Mailbox("Postmaster", "example.com");
        _ledger.AddOwn(Host, 12, _ledger.Now);
        var verdict = _throttle.Judge(_throttle.Register(Host, Sender, postmaster));
        Assert.Equal(new Verdict(VerdictAction.Slow, VerdictReason.OverHardLimit, _options.MaxDelay - _options.Hold), verdict);
        _ledger.AddOwn(Host, 7, _ledger.Now);
        Assert.Equal(VerdictAction.Refuse, _throttle.Judge(_throttle.Register(Host, Sender, postmaster)).Action);
    }

    [Fact]
    public void Neighbours_press_on_a_host_but_leave_it_its_soft_limit()
    {
        _ledger.AddOwn(Of("192.0.2.9"), 100, _ledger.Now); // 200 an hour from the site, twice its limit
        Assert.Equal(10, _throttle.Describe(Host).Limit);
        _ledger.AddOwn(Of("192.0.99.9"), 1900, _ledger.Now); // 4,000 an hour from the region, four times its limit
        Assert.Equal(5, _throttle.Describe(Host).Limit);
        _ledger.AddOwn(Of("192.0.2.10"), 10_000, _ledger.Now);
        Assert.Equal(5, _throttle.Describe(Host).Limit);
    }

    [Fact]
    public void A_site_that_sent_too_much_all_day_presses_too()
    {
        _ledger.AddOwn(Of("192.0.2.9"), 1000, _ledger.Now);
        _time.Advance(TimeSpan.FromHours(4)); // 0.7 an hour is left, but 1,433 a day, of 750
        Assert.Equal(20 / (2000 * Math.Exp(-1 / 3.0) / 750), _throttle.Describe(Host).Limit, 0.01);
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8:1:2::1")]
    public void A_lone_host_is_not_pressed_by_its_own_mail(string address)
    {
        var host = Of(address);
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(20, _throttle.Describe(host).Limit);
            _ledger.AddOwn(host, 5, _ledger.Now);
        }
    }

    [Fact]
    public void An_ipv6_site_and_region_have_twice_and_five_times_the_limits_of_a_host()
    {
        _ledger.AddOwn(Of("2001:db8:0:100::1"), 20, _ledger.Now);
        Assert.Equal(20, _throttle.Describe(Of("2001:db8:0:101::1")).Limit);
        _ledger.AddOwn(Of("2001:db8:0:102::1"), 10, _ledger.Now); // 60 an hour from the /56, whose limit is 40
        Assert.Equal(20 / 1.5f, _throttle.Describe(Of("2001:db8:0:101::1")).Limit, 0.001f);
        _ledger.AddOwn(Of("2001:db8:0:200::1"), 70, _ledger.Now); // 200 an hour from the /48, whose limit is 100
        Assert.Equal(20 / MathF.Sqrt(2), _throttle.Describe(Of("2001:db8:0:300::1")).Limit, 0.001f);
    }

    [Fact]
    public void Addresses_of_one_ipv6_subnet_are_one_host()
    {
        for (var i = 1; i <= 10; i++)
        {
            Assert.NotEqual(VerdictAction.Defer, _throttle.Judge(Register(Of($"2001:db8::{i:x}"))).Action);
        }

        Assert.Equal(VerdictAction.Defer, _throttle.Judge(Register(Of("2001:db8::ffff"))).Action);
    }

    [Fact]
    public void The_report_shows_each_level_and_changes_nothing()
    {
        _ledger.AddOwn(Host, 2, _ledger.Now);
        _ledger.AddOwn(Of("192.0.2.2"), 3, _ledger.Now);
        _ledger.AddFromNetwork(Host, 5, 1, _time.GetUtcNow());
        var report = _throttle.Describe(Host);
        Assert.Equal(report.Levels, _throttle.Describe(Host).Levels);
        Assert.Equal(["192.0.2.1", "192.0.2.0/24", "192.0.0.0/16"], report.Levels.Select(l => l.Block.ToString()));
        Assert.Equal([4f, 10f, 10f], report.Levels.Select(l => l.OwnPerHour));
        Assert.Equal([10f, 10f, 10f], report.Levels.Select(l => l.OthersPerHour));
        Assert.Equal([14f, 20f, 20f], report.Levels.Select(l => l.PerDay));
        Assert.Equal([_options.Host, _options.Site, _options.Region], report.Levels.Select(l => l.Limits));
        Assert.Equal(0.7f, report.Load);
        Assert.Equal(1, report.BadRecipients.Others);
        Assert.Equal(VerdictAction.Slow, report.Verdict.Action);
    }

    private static IpBlock Of(string address) => IpBlock.Of(IPAddress.Parse(address));

    private static MxNode.Throttle.Throttle New(ThrottleOptions options, Ledger ledger) =>
        new(options, ledger, new RetryMemory(options.MaxEnvelopes, options.RetryWindow));

    private Attempt Register(IpBlock host, string? recipient = null) =>
        _throttle.Register(host, Sender, new Mailbox(recipient ?? string.Create(CultureInfo.InvariantCulture, $"r{_recipients++}"), "example.com"));

    private float Weight(Action register, IpBlock? host = null)
    {
        var before = _ledger.ReadHost(host ?? Host, _ledger.Now).Own;
        register();
        return MathF.Round(_ledger.ReadHost(host ?? Host, _ledger.Now).Own - before, 4);
    }
}
