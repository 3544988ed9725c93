using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class HelloNameTests
{
    [Theory]
    [InlineData("mail.example.com")]
    [InlineData("mail.example.com.")]
    [InlineData("localhost")]
    [InlineData("MY_PC")]
    [InlineData("192.0.2.1")]
    [InlineData("[192.0.2.1]")]
    [InlineData("[IPv6:2001:db8::1]")]
    [InlineData("[IPv6:fe80::1%en0]")]
    [InlineData("-odd-")]
    public void Names_that_are_valid_in_EHLO_are_recognised(string argument)
    {
        Assert.True(HelloName.TryParse(argument, out var name));
        Assert.Equal(argument, name);
        Assert.True(HelloName.IsHost(name));
    }

    [Theory]
    [InlineData(".")]
    [InlineData(".example")]
    [InlineData("a..b")]
    [InlineData("WIN-PC (home)")]
    [InlineData("John's-iPhone")]
    [InlineData("::1")]
    [InlineData("名前")]
    [InlineData("a@b")]
    [InlineData("[]")]
    [InlineData("[a\\b]")]
    [InlineData("[192.0.2.1")]
    public void Malformed_names_of_devices_are_accepted(string argument)
    {
        Assert.True(HelloName.TryParse(argument, out var name));
        Assert.Equal(argument, name);
        Assert.False(HelloName.IsHost(name));
    }

    [Fact]
    public void A_missing_name_is_refused_and_a_long_one_is_cut()
    {
        Assert.False(HelloName.TryParse("", out _));
        Assert.True(HelloName.TryParse(new string('a', 300), out var name));
        Assert.Equal(255, name.Length);
    }
}
