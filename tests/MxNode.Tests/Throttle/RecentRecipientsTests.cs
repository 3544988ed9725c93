using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Throttle;

/// <summary>Recipients counted in the last hour and day.</summary>
public sealed class RecentRecipientsTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.7"));

    private readonly FakeTimeProvider _time = new();
    private readonly RecentRecipients _recent;

    public RecentRecipientsTests() => _recent = new RecentRecipients(_time);

    [Fact]
    public void What_was_counted_is_shown_as_it_was_counted()
    {
        Assert.Equal((0, 0), _recent.Of(Host));
        for (var i = 0; i < 7; i++)
        {
            _recent.Note(Host, 1);
        }

        Assert.Equal((7, 7), _recent.Of(Host));
        Assert.Equal((0, 0), _recent.Of(IpBlock.Of(IPAddress.Parse("192.0.2.8"))));
    }

    [Fact]
    public void It_leaves_the_hour_after_an_hour_and_the_day_after_a_day()
    {
        _recent.Note(Host, 1);
        _time.Advance(TimeSpan.FromMinutes(54));
        _recent.Note(Host, 1);
        Assert.Equal((2, 2), _recent.Of(Host));
        _time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal((1, 2), _recent.Of(Host));
        _time.Advance(TimeSpan.FromHours(22));
        Assert.Equal((0, 2), _recent.Of(Host));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal((0, 0), _recent.Of(Host));
        _time.Advance(TimeSpan.FromDays(400));
        _recent.Note(Host, 1);
        Assert.Equal((1, 1), _recent.Of(Host));
    }

    [Fact]
    public void More_hosts_than_there_is_room_for_push_the_first_ones_out()
    {
        _recent.Note(Host, 1);
        for (uint i = 0; i < 4 * RecentRecipients.Capacity; i++)
        {
            _recent.Note(IpBlock.Of(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i])), 1);
        }

        Assert.Equal((0, 0), _recent.Of(Host));
    }
}
