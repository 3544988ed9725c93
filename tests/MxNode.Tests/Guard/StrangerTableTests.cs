using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Tests.Guard;

/// <summary>Unknown hosts that guards report to the relays.</summary>
public sealed class StrangerTableTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("192.0.2.7")]
    [InlineData("2001:db8::7")]
    public void A_host_is_seen_for_a_day_by_all_but_the_guard_that_reported_it(string address)
    {
        var (table, host) = (new StrangerTable(_time), IpBlock.Of(IPAddress.Parse(address)));
        Assert.False(table.IsSeen(host, null));
        table.Note(host, "a");
        Assert.False(table.IsSeen(host, "a"));
        Assert.True(table.IsSeen(host, "b"));
        Assert.True(table.IsSeen(host, null));
        table.Note(host, "b");
        Assert.True(table.IsSeen(host, "a"));
        _time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        Assert.False(table.IsSeen(host, "a"));
    }

    [Fact]
    public void Reports_of_twenty_minutes_are_one_and_a_host_that_goes_on_for_longer_is_unknown_again()
    {
        var (table, host) = (new StrangerTable(_time), IpBlock.Of(IPAddress.Parse("192.0.2.7")));
        for (var interval = 0; interval < StrangerTable.Intervals; interval++)
        {
            for (var i = 0; i < 100; i++)
            {
                table.Note(host, $"guard {i}");
                Assert.True(table.IsSeen(host, "other"));
            }

            _time.Advance(TimeSpan.FromMinutes(20));
        }

        table.Note(host, "guard");
        Assert.False(table.IsSeen(host, "other"));
    }

    [Fact]
    public void The_table_is_bounded_and_the_host_reported_longest_ago_goes()
    {
        var table = new StrangerTable(_time, capacity: 3);
        for (var i = 0; i < 4; i++)
        {
            table.Note(IpBlock.Of(new IPAddress([192, 0, 2, (byte)i])), "a");
            table.Note(IpBlock.Of(new IPAddress([192, 0, 2, 0])), "a");
        }

        Assert.Equal(3, table.Count);
        Assert.True(table.IsSeen(IpBlock.Of(IPAddress.Parse("192.0.2.0")), null));
        Assert.False(table.IsSeen(IpBlock.Of(IPAddress.Parse("192.0.2.1")), null));
        Assert.True(table.IsSeen(IpBlock.Of(IPAddress.Parse("192.0.2.3")), null));
    }
}
