using System.Net;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>When a relay leaves the magic name for its own name's sake, and when it comes back.</summary>
public sealed class NameRuleTests
{
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData("10.{0}.0.1")]
    [InlineData("2001:{0}::1")]
    public void Three_destinations_that_refuse_are_enough_until_their_time_is_over(string address)
    {
        var rule = Rule();
        Refuse(rule, address, 1, 2);
        Assert.False(rule.ShouldLeave());
        Refuse(rule, address, 3);
        Assert.True(rule.ShouldLeave());
        _clock.Advance(TimeSpan.FromHours(6) - TimeSpan.FromSeconds(1));
        Assert.True(rule.ShouldLeave());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(rule.ShouldLeave());
    }

    [Theory]
    [InlineData("10.1.{0}.7")]
    [InlineData("2001:db8:{0}::1")]
    public void Many_hosts_of_one_region_are_one_destination(string address)
    {
        var rule = Rule();
        Refuse(rule, address, [.. Enumerable.Range(1, 99)]);
        Assert.False(rule.ShouldLeave());
    }

    [Fact]
    public void A_destination_that_takes_mail_again_no_longer_counts()
    {
        var rule = Rule();
        Refuse(rule, "10.{0}.0.1", 1, 2, 3);
        rule.Note(IPAddress.Parse("10.2.0.9"), refused: false);
        Assert.False(rule.ShouldLeave());
    }

    [Fact]
    public void A_relay_that_most_destinations_take_mail_from_stays()
    {
        var rule = Rule();
        Refuse(rule, "10.{0}.0.1", 1, 2, 3);
        for (var i = 10; i < 19; i++)
        {
            rule.Note(IPAddress.Parse($"10.{i}.0.1"), refused: false);
        }

        Assert.True(rule.ShouldLeave()); // three of twelve
        rule.Note(IPAddress.Parse("10.19.0.1"), refused: false);
        Assert.False(rule.ShouldLeave()); // three of thirteen
    }

    [Fact]
    public void Zero_switches_it_off()
    {
        var rule = new NameRule(new RelayOptions { LeaveNameAt = 0 }, _clock);
        Refuse(rule, "10.{0}.0.1", [.. Enumerable.Range(1, 99)]);
        Assert.False(rule.ShouldLeave());
    }

    [Fact]
    public void The_memory_is_bounded_and_forgets_the_oldest()
    {
        var rule = Rule();
        Refuse(rule, "10.{0}.0.1", 1, 2, 3);
        _clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < NameRule.MostRegions; i++)
        {
            rule.Note(new IPAddress([(byte)(20 + (i >> 8)), (byte)i, 0, 1]), refused: false);
        }

        for (var i = 1; i < NameRule.MostRegions; i++)
        {
            rule.Note(new IPAddress([(byte)(20 + (i >> 8)), (byte)i, 0, 1]), refused: true);
        }

        Assert.True(rule.ShouldLeave());
    }

    private NameRule Rule() => new(new RelayOptions(), _clock);

    private static void Refuse(NameRule rule, string address, params int[] numbers)
    {
        foreach (var number in numbers)
        {
            rule.Note(IPAddress.Parse(string.Format(System.Globalization.CultureInfo.InvariantCulture, address, number)), refused: true);
        }
    }
}
