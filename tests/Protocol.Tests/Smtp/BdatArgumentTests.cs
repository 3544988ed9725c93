using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class BdatArgumentTests
{
    [Theory]
    [InlineData("0", 0, false)]
    [InlineData("1000", 1000, false)]
    [InlineData("1000 LAST", 1000, true)]
    [InlineData("0  last", 0, true)]
    [InlineData("9223372036854775807", long.MaxValue, false)]
    public void A_size_and_LAST_are_read(string argument, long size, bool isLast)
    {
        Assert.True(BdatArgument.TryParse(argument, out var chunk));
        Assert.Equal(new BdatArgument(size, isLast), chunk);
    }

    [Theory]
    [InlineData("")]
    [InlineData("LAST")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("10 END")]
    [InlineData("10 LAST LAST")]
    [InlineData("9223372036854775808")]
    public void Any_other_argument_is_refused(string argument) => Assert.False(BdatArgument.TryParse(argument, out _));
}
