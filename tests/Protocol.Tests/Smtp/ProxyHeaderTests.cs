using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class ProxyHeaderTests
{
    private static byte[] V2Signature { get; } = [.. "\r\n\r\n\0\r\nQUIT\n"u8];

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\r\n", "192.0.2.1:40000", "198.51.100.2:25")]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n", "[2001:db8::1]:0", "[::1]:65535")]
    [InlineData("PROXY UNKNOWN\r\n", null, null)]
    [InlineData("PROXY UNKNOWN whatever stands here\r\n", null, null)]
    public void Version_1_is_read_at_every_split(string header, string? source, string? destination) =>
        AssertParsed(Encoding.ASCII.GetBytes(header), source, destination);

    [Fact]
    public void Version_2_is_read_at_every_split()
    {
        byte[] v4 = [192, 0, 2, 1, 198, 51, 100, 2, .. Port(40000), .. Port(25)];
        byte[] v6 =
        [
            .. IPAddress.Parse("2001:db8::1").GetAddressBytes(),
            .. IPAddress.IPv6Loopback.GetAddressBytes(),
            .. Port(40000),
            .. Port(25),
        ];
        byte[] tlv = [0x04, 0, 3, 1, 2, 3];

        AssertParsed(V2(0x21, 0x11, v4), "192.0.2.1:40000", "198.51.100.2:25");
        AssertParsed(V2(0x21, 0x11, [.. v4, .. tlv]), "192.0.2.1:40000", "198.51.100.2:25");
        AssertParsed(V2(0x21, 0x21, [.. v6, .. tlv]), "[2001:db8::1]:40000", "[::1]:25");
        AssertParsed(V2(0x20, 0x00, []), null, null);
        AssertParsed(V2(0x20, 0x11, v4), null, null);
        AssertParsed(V2(0x20, 0xff, []), null, null);
        AssertParsed(V2(0x21, 0x00, tlv), null, null);
        AssertParsed(V2(0x21, 0x31, new byte[216]), null, null);
    }

    [Theory]
    [InlineData("EHLO a")]
    [InlineData("PROXY\r\n")]
    [InlineData("proxy TCP4 192.0.2.1 198.51.100.2 40000 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\r \n")]
    [InlineData("PROXY TCP4  192.0.2.1 198.51.100.2 40000 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000 65536\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 -1 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000 25 \r\n")]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.2 40000 25\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 ::1 40000 25\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 198.51.100.2 40000 25\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 40000 25\r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 198.51.100.2 40000 25\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\r")]
    public void A_malformed_header_is_not_consumed(string header) => AssertMalformed(Encoding.Latin1.GetBytes(header));

    [Fact]
    public void A_malformed_version_2_header_is_not_consumed()
    {
        AssertMalformed(V2(0x11, 0x11, new byte[12]));
        AssertMalformed(V2(0x22, 0x11, new byte[12]));
        AssertMalformed(V2(0x21, 0x11, new byte[11]));
        AssertMalformed(V2(0x21, 0x21, new byte[35]));
        AssertMalformed(V2(0x21, 0x41, new byte[36]));
        AssertParsed(V2(0x21, 0x11, new byte[537]), "0.0.0.0:0", "0.0.0.0:0");
        AssertParsed(V2(0x21, 0x21, new byte[4096]), "[::]:0", "[::]:0");
        var tooLong = new ReadOnlySequence<byte>(V2(0x21, 0x11, new byte[4097])[..16]);
        Assert.Equal(ProxyStatus.TooLong, ProxyHeader.TryParse(ref tooLong, out _));
    }

    [Fact]
    public void Version_1_has_107_octets_at_most()
    {
        AssertParsed(Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 91) + "\r\n"), null, null);
        AssertMalformed(Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 92) + "\r\n"));
    }

    [Fact]
    public void Hostile_octets_never_throw_and_are_refused_at_the_limit()
    {
        var start = Gen.Elements("", "PROXY ", "PROXY TCP4 ").Select(Encoding.ASCII.GetBytes)
            .Or(Gen.Elements(V2Signature, V2(0x21, 0x11, [])[..14]));
        Prop.ForAll(start.ToArbitrary(), ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<bool>(), (start, rest, flood) =>
        {
            byte[] octets = [.. start, .. rest, .. flood ? new byte[4112] : []];
            var buffer = Cut.Sequence(octets);
            var status = ProxyHeader.TryParse(ref buffer, out _);

            Assert.True(!flood || status != ProxyStatus.NeedMore);
            Assert.Equal(status == ProxyStatus.Parsed, buffer.Length < octets.Length);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static byte[] Port(ushort port)
    {
        var octets = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, port);
        return octets;
    }

    private static byte[] V2(byte command, byte family, byte[] body) =>
        [.. V2Signature, command, family, .. Port((ushort)body.Length), .. body];

    private static void AssertParsed(byte[] header, string? source, string? destination)
    {
        var expected = source is null ? null : new ProxyAddresses(IPEndPoint.Parse(source), IPEndPoint.Parse(destination!));
        for (var cut = 1; cut < header.Length; cut++)
        {
            var part = Cut.Sequence(header[..cut]);
            Assert.Equal(ProxyStatus.NeedMore, ProxyHeader.TryParse(ref part, out var nothing));
            Assert.Equal(cut, part.Length);
            Assert.Null(nothing);

            var whole = Cut.Sequence([.. header, .. "EHLO"u8], cut);
            Assert.Equal(ProxyStatus.Parsed, ProxyHeader.TryParse(ref whole, out var addresses));
            Assert.Equal(expected, addresses);
            Assert.Equal("EHLO", Encoding.ASCII.GetString(whole));
        }
    }

    private static void AssertMalformed(byte[] header)
    {
        var buffer = Cut.Sequence(header, header.Length / 2);
        Assert.Equal(ProxyStatus.Malformed, ProxyHeader.TryParse(ref buffer, out var addresses));
        Assert.Equal(header.Length, buffer.Length);
        Assert.Null(addresses);
    }
}
