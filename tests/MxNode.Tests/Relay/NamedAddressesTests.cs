using System.Net;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class NamedAddressesTests
{
    [Theory]
    [InlineData("client [192.0.2.1] blocked using zen.test", "192.0.2.1", true)]
    [InlineData("http://list.test/?ip=192.0.2.1", "192.0.2.1", true)]
    [InlineData("message from 192.0.2.1. refused", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1, 192.0.2.10", "192.0.2.10", true)]
    [InlineData("192.0.2.10 is listed", "192.0.2.1", false)]
    [InlineData("host-192.0.2.1.example.test is listed", "192.0.2.1", false)]
    [InlineData("192.0.2.1.zen.test", "192.0.2.1", false)]
    [InlineData("4.192.0.2.1", "192.0.2.1", false)]
    [InlineData("Client host [2001:db8::1] blocked", "2001:db8::1", true)]
    [InlineData("[IPv6:2001:db8:0:0::1] is on our list", "2001:db8::1", true)]
    [InlineData("2001:0DB8:0000:0000:0000:0000:0000:0001 refused", "2001:db8::1", true)]
    [InlineData("see http://list.test/?ip=2001:db8::1.", "2001:db8::1", true)]
    [InlineData("[::ffff:192.0.2.1] refused", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8::1: go away", "2001:db8::1", true)]
    [InlineData("192.0.2.1: go away", "192.0.2.1", true)]
    [InlineData("2001:db8:: is no host", "2001:db8::", true)]
    [InlineData("[::ffff:192.0.2.1] refused", "192.0.2.1", true)]
    [InlineData("2001:db8::1.example.test", "2001:db8::1", false)]
    [InlineData("user@192.0.2.1", "192.0.2.1", false)]
    [InlineData("Client host [2001:db8::11] blocked", "2001:db8::1", false)]
    [InlineData("a:2001:db8::1:b", "2001:db8::1", false)]
    [InlineData("5.7.1: no", "192.0.2.1", false)]
    [InlineData("", "192.0.2.1", false)]
    public void An_address_is_found_in_any_notation_and_only_as_a_word(string text, string address, bool named) =>
        Assert.Equal(named, NamedAddresses.Has(text, IPAddress.Parse(address)));

    [Theory]
    [InlineData(":")]
    [InlineData("1.")]
    [InlineData("a:")]
    [InlineData("IPv6:")]
    [InlineData("1.2.3.4")]
    [InlineData("::1 ")]
    public void Long_hostile_texts_are_read_in_time(string part) =>
        Assert.False(NamedAddresses.Has(string.Concat(Enumerable.Repeat(part, 20_000)), IPAddress.Parse("192.0.2.1")));
}
