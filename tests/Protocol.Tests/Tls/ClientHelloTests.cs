using ThrottleNet.Protocol.Tls;

namespace ThrottleNet.Protocol.Tests.Tls;

/// <summary>The first message of TLS clients (RFC 8446, section 4.1.2), honest and hostile.</summary>
public sealed class ClientHelloTests
{
    private static readonly byte[] Versions = [43 >> 8, 43, 0, 5, 4, 3, 4, 3, 3], Psk = [0, 45, 0, 2, 1, 1], ServerName = [0, 0, 0, 0];

    [Fact]
    public void What_a_client_offers_is_read()
    {
        Assert.Equal(new ClientHello(true, true, true), Read(Hello([.. ServerName, .. Versions, .. Psk])));
        Assert.Equal(new ClientHello(true, true, false), Read(Hello([.. Versions, .. ServerName])));
        Assert.Equal(new ClientHello(false, true, true), Read(Hello([.. Psk, 0, 43, 0, 3, 2, 3, 4])));
        Assert.Equal(new ClientHello(true, false, false), Read(Hello(ServerName)));
        Assert.Equal(new ClientHello(true, false, false), Read(Hello([])));
        Assert.Equal(new ClientHello(false, false, false), Read(Hello([], version: 0x0302)));
    }

    [Fact]
    public void Every_split_needs_more_and_records_may_be_of_any_length()
    {
        var octets = Hello([.. Versions, .. Psk]);
        for (var length = 0; length < octets.Length; length++)
        {
            Assert.Equal(ClientHelloStatus.NeedMore, ClientHello.Read(octets.AsSpan(0, length), out _));
        }

        for (var size = 1; size < 60; size++)
        {
            Assert.Equal(new ClientHello(true, true, true), Read([.. octets[5..].Chunk(size).SelectMany(part => Record(part))]));
        }

        // What comes behind it does not count.
        Assert.Equal(new ClientHello(true, true, true), Read([.. octets, 22, 3, 3, 0, 1, 9]));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'E', (byte)'H', (byte)'L', (byte)'O' })]
    [InlineData(new byte[] { 22, 2 })]
    [InlineData(new byte[] { 23, 3, 3, 0, 1, 1 })]
    [InlineData(new byte[] { 22, 3, 3, 0, 1, 2 })]
    [InlineData(new byte[] { 22, 3, 3, 0, 4, 1, 255, 255, 255 })]
    [InlineData(new byte[] { 22, 3, 3, 0, 5, 1, 0, 0, 1, 0 })]
    public void Other_octets_are_malformed(byte[] octets) => Assert.Equal(ClientHelloStatus.Malformed, ClientHello.Read(octets, out _));

    [Fact]
    public void A_message_without_end_is_malformed_at_the_bound()
    {
        byte[] endless = [.. Enumerable.Repeat(Record([]), ClientHello.MaxLength).SelectMany(record => record)];
        Assert.Equal(ClientHelloStatus.NeedMore, ClientHello.Read(endless.AsSpan(0, ClientHello.MaxLength - 1), out _));
        Assert.Equal(ClientHelloStatus.Malformed, ClientHello.Read(endless, out _));
    }

    [Fact]
    public void Any_octets_are_read_without_an_exception()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var good = Hello([.. ServerName, .. Versions, .. Psk]);
        for (var i = 0; i < 5000; i++)
        {
            var octets = good.ToArray();
            for (var changes = random.Next(6); changes >= 0; changes--)
            {
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            }

            Assert.True(Enum.IsDefined(ClientHello.Read(octets.AsSpan(0, random.Next(octets.Length + 1)), out _)), $"seed {seed}");
        }
    }

    private static ClientHello Read(byte[] octets)
    {
        Assert.Equal(ClientHelloStatus.Complete, ClientHello.Read(octets, out var hello));
        return hello;
    }

    private static byte[] Hello(byte[] extensions, int version = 0x0303)
    {
        byte[] body = [(byte)(version >> 8), (byte)version, .. new byte[32], 0, 0, 2, 0x13, 1, 1, 0, .. extensions.Length == 0 ? [] : new byte[] { 0, (byte)extensions.Length }, .. extensions];
        return Record([1, 0, 0, (byte)body.Length, .. body]);
    }

    private static byte[] Record(byte[] fragment) => [22, 3, 1, (byte)(fragment.Length >> 8), (byte)fragment.Length, .. fragment];
}
