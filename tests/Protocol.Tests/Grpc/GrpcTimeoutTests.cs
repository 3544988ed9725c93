using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Protocol.Tests.Grpc;

public sealed class GrpcTimeoutTests
{
    [Theory]
    [InlineData(1, "1u")]
    [InlineData(10, "1u")]
    [InlineData(11, "2u")]
    [InlineData(TimeSpan.TicksPerSecond, "1000000u")]
    [InlineData(TimeSpan.TicksPerSecond * 100, "100000m")]
    [InlineData((TimeSpan.TicksPerSecond * 100) - 1, "100000m")]
    [InlineData(TimeSpan.TicksPerDay * 2, "172800S")]
    [InlineData(TimeSpan.TicksPerDay * 36500, "52560000M")]
    [InlineData(long.MaxValue, "99999999H")]
    public void A_time_is_written_in_the_finest_unit_that_holds_it(long ticks, string text) =>
        Assert.Equal(text, GrpcTimeout.Format(new TimeSpan(ticks)));

    [Theory]
    [InlineData("1n", 1)]
    [InlineData("100n", 1)]
    [InlineData("101n", 2)]
    [InlineData("0n", 0)]
    [InlineData("3u", 30)]
    [InlineData("20m", TimeSpan.TicksPerMillisecond * 20)]
    [InlineData("99999999S", TimeSpan.TicksPerSecond * 99_999_999)]
    [InlineData("5M", TimeSpan.TicksPerMinute * 5)]
    [InlineData("99999999H", TimeSpan.TicksPerHour * 99_999_999)]
    public void A_time_is_read_in_every_unit(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("5")]
    [InlineData("5s")]
    [InlineData("-5S")]
    [InlineData("+5S")]
    [InlineData(" 5S")]
    [InlineData("5 S")]
    [InlineData("5S ")]
    [InlineData("1.5S")]
    [InlineData("123456789S")]
    [InlineData("٣S")]
    public void What_is_no_time_is_refused(string text) => Assert.False(GrpcTimeout.TryParse(text, out _));

    [Fact]
    public void A_time_survives_but_for_rounding_up() => Prop.ForAll<long>(seed =>
    {
        var timeout = new TimeSpan(Math.Abs(seed % TimeSpan.TicksPerDay) + 1);
        return GrpcTimeout.TryParse(GrpcTimeout.Format(timeout), out var parsed)
            && parsed >= timeout
            && (parsed - timeout).Ticks < TimeSpan.TicksPerMicrosecond + (timeout.Ticks / 1000);
    }).QuickCheckThrowOnFailure();
}
