using System.Net;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

/// <summary>A node that copies the rows of another node of its cluster judges like it.</summary>
public sealed class EngineCopyTests
{
    private const long Start = 1_800_000_000_000;
    private const long Day = 24 * 60 * 60 * 1000;
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly FaultTolerance Faults = new("own", 2);

    private readonly CountingEngine _giver = NewEngine(Start);

    [Fact]
    public void The_copy_has_the_hosts_age_and_standing_and_its_last_attempt()
    {
        var now = Start;
        for (var day = 0; day <= 8; day++, now += Day)
        {
            Attempt(_giver, Host, $"user{day}", now);
            _giver.Sweep(now);
        }

        var (given, copied) = (_giver.Describe(Host, now), Copy(now).Describe(Host, now));
        Assert.True(given.Standing);
        Assert.True(copied.Standing);
        Assert.InRange((given.Age - copied.Age).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(14));
        Assert.False(Copy(now).HasTried(Host, TimeSpan.FromHours(23), now));
        Assert.True(Copy(now).HasTried(Host, TimeSpan.FromHours(25), now));
        Assert.Equal(given.Counts.Slow, copied.Counts.Slow, 0.01);
    }

    [Fact]
    public void The_copy_has_the_counts_of_sites_and_regions_once()
    {
        for (var i = 0; i < 200; i++)
        {
            Attempt(_giver, IpBlock.Of(new IPAddress([192, 0, 2, (byte)i])), "ann", Start);
        }

        var given = _giver.Describe(Host, Start).Areas.Select(a => a.NewcomersPerHour);
        var copy = Copy(Start);
        CopyInto(copy, Start); // once more, as after a second loss
        Assert.Equal(given, copy.Describe(Host, Start).Areas.Select(a => a.NewcomersPerHour));
        Assert.InRange(given.First(), 390, 401);
    }

    [Fact]
    public void A_host_that_the_giver_refuses_is_refused_also_where_other_operators_could_lie()
    {
        for (var i = 0; i < 60; i++)
        {
            Attempt(_giver, Host, $"user{i}", Start);
        }

        Assert.True(_giver.IsRefusedAtConnect(Host, Start, out _));
        var copy = Copy(Start);
        Assert.True(copy.IsRefusedAtConnect(Host, Start, out var verdict));
        Assert.Equal(VerdictReason.FarOverLimit, verdict.Reason);
    }

    [Fact]
    public void What_is_only_reported_by_one_operator_is_no_evidence_in_the_copy_either()
    {
        _giver.Apply("liar", BatchCounts.Of([new CountEntry(Host.Key, 4 * 1000)], []), Start, Start);
        Assert.False(_giver.IsRefusedAtConnect(Host, Start, out _));
        var copy = Copy(Start);
        Assert.False(copy.IsRefusedAtConnect(Host, Start, out _));
        Assert.Equal(0, copy.Read(Host, Start).Evident().PerHour);
    }

    [Fact]
    public void A_forgiven_host_has_no_counts_keeps_its_age_and_may_send()
    {
        for (var i = 0; i < 60; i++)
        {
            Attempt(_giver, Host, $"user{i}", Start);
        }

        _giver.RecipientUnknown(Host, Start);
        foreach (var name in new[] { "x", "y", "z" })
        {
            _giver.Apply(name, BatchCounts.Of([new CountEntry(Host.Key, 400)], []), Start, Start);
        }

        Assert.True(_giver.Forgive(Host, Start + Day / 24));
        var now = Start + (Day / 24);
        var report = _giver.Describe(Host, now);
        Assert.Equal((0f, 0f, 0f), (report.Counts.Own, report.Counts.Others, report.Counts.Slow));
        Assert.Equal(0, report.BadRecipients.Slow);
        Assert.True(report.Age >= TimeSpan.FromMinutes(45));
        Assert.False(_giver.IsRefusedAtConnect(Host, now, out _));
        Assert.True(Attempt(_giver, Host, "new", now).Passes);
        Assert.False(_giver.Forgive(IpBlock.Of(IPAddress.Parse("198.51.100.1")), now));
    }

    private static CountingEngine NewEngine(long now) =>
        new(CountingLimits.Default with { WarmUp = TimeSpan.Zero, MaxEnvelopes = 1024, MaxRows = 100_000 }, now, Faults, secret: 7) { Operators = new ActiveOperators(8, IsSettled: true) };

    private static Verdict Attempt(CountingEngine engine, IpBlock host, string user, long now)
    {
        var attempt = engine.Register(host, engine.Hash(host, null, new MailboxParts(user, "example.org")), toPostmaster: false, now);
        return engine.Judge(ref attempt, now);
    }

    private CountingEngine Copy(long now)
    {
        var copy = NewEngine(now);
        CopyInto(copy, now);
        return copy;
    }

    private void CopyInto(CountingEngine copy, long now) => copy.TakeCopy(
        _giver.ReadRows(_ => true, now), _giver.ReadMarks(_ => true, now).ToDictionary(m => m.Key), _giver.ReadAreas(_ => true, now), now);
}
