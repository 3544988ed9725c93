using System.Net;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class XclientTests
{
    private static HashSet<string> All { get; } = [.. Xclient.Attributes.Split(' ')];

    [Fact]
    public void All_attributes_are_read()
    {
        Assert.True(Xclient.TryParse(
            "NAME=Spike.Porcupine.ORG addr=168.100.189.2 PORT=40000 PROTO=esmtp HELO=[168.100.189.2] LOGIN=a+2Bb+3Dc+20d"
            + " DESTADDR=IPV6:2001:db8::25 DESTPORT=25",
            out var facts));
        Assert.Equal(
            new XclientFacts
            {
                Name = "spike.porcupine.org",
                Address = IPAddress.Parse("168.100.189.2"),
                Port = 40000,
                Protocol = "ESMTP",
                Helo = "[168.100.189.2]",
                Login = "a+b=c d",
                DestinationAddress = IPAddress.Parse("2001:db8::25"),
                DestinationPort = 25,
            },
            facts);
    }

    [Fact]
    public void An_unavailable_attribute_is_null()
    {
        Assert.True(Xclient.TryParse(
            "NAME=[UNAVAILABLE] ADDR=[tempunavail] PORT=[UNAVAILABLE] HELO=[UNAVAILABLE] LOGIN=[UNAVAILABLE]", out var facts));
        Assert.Equal(new XclientFacts(), facts);
    }

    [Theory]
    [InlineData("ADDR=2001:db8::1", "2001:db8::1")]
    [InlineData("ADDR=IPv6:::ffff:192.0.2.1", "::ffff:192.0.2.1")]
    public void An_address_of_version_6_may_have_its_tag(string argument, string address)
    {
        Assert.True(Xclient.TryParse(argument, out var facts));
        Assert.Equal(IPAddress.Parse(address), facts.Address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NAME")]
    [InlineData("=a")]
    [InlineData("NAME=")]
    [InlineData("NAME=a NAME=b")]
    [InlineData("NAME=a..b")]
    [InlineData("COLOUR=blue")]
    [InlineData("COLOUR=[UNAVAILABLE]")]
    [InlineData("ADDR=1")]
    [InlineData("ADDR=192.0.2.01")]
    [InlineData("ADDR=IPV6:192.0.2.1")]
    [InlineData("ADDR=[::1]:25")]
    [InlineData("ADDR=fe80::1+25eth0")]
    [InlineData("PORT=65536")]
    [InlineData("PORT=-1")]
    [InlineData("PORT=+2B1")]
    [InlineData("PROTO=LMTP")]
    [InlineData("HELO=")]
    [InlineData("HELO=a+0D+0AQUIT")]
    [InlineData("HELO=a+00")]
    [InlineData("HELO=a+C3")]
    [InlineData("HELO=a+2")]
    [InlineData("HELO=a+G0")]
    [InlineData("HELO=a+-1")]
    public void Bad_attributes_are_refused(string argument)
    {
        Assert.False(Xclient.TryParse(argument, out var facts));
        Assert.Null(facts);
    }

    [Fact]
    public void Only_attributes_that_the_next_hop_offers_are_sent()
    {
        var facts = new XclientFacts { Address = IPAddress.IPv6Loopback, Port = 7, Protocol = "UTF8SMTPS", Helo = "my host+", Login = "x" };

        Assert.Equal("XCLIENT NAME=[UNAVAILABLE] ADDR=IPv6:::1 PORT=7 PROTO=ESMTP HELO=my+20host+2B LOGIN=x", Xclient.Format(facts, All));
        Assert.Equal("XCLIENT ADDR=IPv6:::1", Xclient.Format(facts, new HashSet<string> { "ADDR", "COLOUR" }));
        Assert.Equal("XCLIENT PROTO=SMTP", Xclient.Format(new XclientFacts { Protocol = "SMTP" }, new HashSet<string> { "PROTO" }));
        Assert.Null(Xclient.Format(facts, new HashSet<string> { "COLOUR" }));
        Assert.Null(Xclient.Format(facts, new HashSet<string>()));
    }

    [Theory]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("fe80::1%7", "IPv6:fe80::1")]
    public void Addresses_are_sent_in_the_form_of_the_protocol(string address, string told) =>
        Assert.Equal(
            $"XCLIENT ADDR={told}",
            Xclient.Format(new XclientFacts { Address = IPAddress.Parse(address) }, new HashSet<string> { "ADDR" }));

    [Fact]
    public void Sent_attributes_are_read_back()
    {
        var text = ArbMap.Default.GeneratorFor<string>()
            .Where(t => !string.IsNullOrEmpty(t) && t.Length < 60 && !t.Any(char.IsControl) && !t.Any(char.IsSurrogate));
        Prop.ForAll(text.ToArbitrary(), text.ToArbitrary(), ArbMap.Default.ArbFor<byte[]>(), (helo, login, noise) =>
        {
            var facts = new XclientFacts
            {
                Name = "a.example",
                Address = new IPAddress([.. noise.Concat(new byte[16]).Take(noise.Length % 2 == 0 ? 4 : 16)]),
                Protocol = "ESMTP",
                Helo = helo,
                Login = login,
            };
            var line = Xclient.Format(facts, All)!;

            Assert.False(line.AsSpan().ContainsAnyExceptInRange(' ', '~'));
            Assert.True(line.Length + 2 <= SmtpLimits.XclientCommandLine);
            Assert.True(Xclient.TryParse(line["XCLIENT ".Length..], out var read));
            Assert.Equal(facts, read);
        }).QuickCheckThrowOnFailure();
    }
}
