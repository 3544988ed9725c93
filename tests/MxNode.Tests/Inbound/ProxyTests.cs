using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Clients behind a load balancer that uses the PROXY protocol.</summary>
public sealed class ProxyTests
{
    private const string Proxy = "127.0.0.7";
    private const string V1 = "PROXY TCP4 192.0.2.55 192.0.2.1 40001 25\r\n";
    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(5);

    public static TheoryData<string, string> Headers => new()
    {
        { V1, "[192.0.2.55]" },
        { "PROXY TCP6 2001:db8::55 2001:db8::1 40001 25\r\n", "[IPv6:2001:db8::55]" },
        { "PROXY UNKNOWN\r\n", $"[{Proxy}]" },
        { V2(0x21, 0x11, [192, 0, 2, 55, 192, 0, 2, 1, 0x9c, 0x41, 0, 25]), "[192.0.2.55]" },
        { V2(0x21, 0x11, [192, 0, 2, 55, 192, 0, 2, 1, 0x9c, 0x41, 0, 25, 4, 0, 1, 0]), "[192.0.2.55]" },
        { V2(0x21, 0x21, [.. IPAddress.Parse("2001:db8::55").GetAddressBytes(), .. IPAddress.Parse("2001:db8::1").GetAddressBytes(), 0x9c, 0x41, 0, 25]), "[IPv6:2001:db8::55]" },
        { V2(0x20, 0x00, []), $"[{Proxy}]" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task The_client_named_by_a_listed_proxy_is_the_client(string header, string client)
    {
        await using var rig = await StartAsync();
        var proxy = await rig.ConnectAsync(Proxy);
        await proxy.SendAsync(header[..5]);
        await proxy.SendAsync(header[5..]);
        Assert.StartsWith("250", await proxy.DeliverAsync("hello"), StringComparison.Ordinal);
        Assert.Contains($"(unknown {client})", Encoding.ASCII.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EHLO client.test\r\n")]
    [InlineData("PROXY TCP4 192.0.2.55 nonsense\r\n")]
    [InlineData("PROXY TCP4 192.0.2.55 192.0.2.1 40001 25\n\r")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0091\u0011\0\u000c")]
    [InlineData("\u0016\u0003\u0001")]
    public async Task A_listed_proxy_without_a_valid_header_is_disconnected_without_a_reply(string octets)
    {
        await using var rig = await StartAsync();
        var proxy = await rig.ConnectAsync(Proxy);
        await proxy.SendAsync(octets);
        await proxy.ExpectEndAsync();
        await rig.Log.UntilAsync(1004);
    }

    [Fact]
    public async Task A_header_without_its_end_is_bounded_in_octets()
    {
        await using var rig = await StartAsync();
        var proxy = await rig.ConnectAsync(Proxy);
        await proxy.SendAsync("PROXY UNKNOWN " + new string('x', 100));
        await proxy.ExpectEndAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("PROXY TCP4 192.0.2.55")]
    public async Task A_late_header_ends_the_connection(string half)
    {
        await using var rig = await StartAsync();
        var proxy = await rig.ConnectAsync(Proxy);
        await proxy.SendAsync(half);
        await rig.Clock.UntilSetAsync(HeaderTime);
        rig.Clock.Advance(HeaderTime + TimeSpan.FromMilliseconds(1));
        await proxy.ExpectEndAsync();
        await rig.Log.UntilAsync(1004);
    }

    [Fact]
    public async Task A_proxy_that_disconnects_before_its_header_is_logged()
    {
        await using var rig = await StartAsync();
        var proxy = await rig.ConnectAsync(Proxy);
        await rig.Clock.UntilSetAsync(HeaderTime);
        await proxy.DisposeAsync();
        await rig.Log.UntilAsync(1004);
    }

    [Fact]
    public async Task From_an_unlisted_address_a_header_is_early_input()
    {
        await using var rig = await StartAsync(TimeSpan.FromSeconds(3));
        var client = await rig.ConnectAsync("127.0.0.8");
        await rig.Clock.UntilSetAsync(TimeSpan.FromSeconds(3));
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        await client.SendAsync(V1);
        await rig.Clock.PassAsync(TimeSpan.FromSeconds(2));
        await client.TalkAsync("<554 5.5.1");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task From_an_unlisted_address_a_header_is_not_a_command()
    {
        await using var rig = await StartAsync();
        var client = await rig.ConnectAsync("127.0.0.8");
        await client.TalkAsync("<220", ">PROXY TCP4 192.0.2.55 192.0.2.1 40001 25", "<500 5.5.1");
    }

    [Fact]
    public async Task Input_right_after_a_header_makes_its_client_an_early_talker()
    {
        await using var rig = await StartAsync(TimeSpan.FromSeconds(3));
        var proxy = await rig.ConnectAsync(Proxy);
        await rig.Clock.UntilSetAsync(HeaderTime);
        await proxy.SendAsync(V1);
        await rig.Clock.UntilSetAsync(TimeSpan.FromSeconds(3));
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        await proxy.SendAsync("EHLO early.test\r\n");
        await rig.Clock.PassAsync(TimeSpan.FromSeconds(2));
        await proxy.TalkAsync("<554 5.5.1");
        await proxy.ExpectEndAsync();
        Assert.Contains("block 192.0.2.55", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.55", 537)]
    [InlineData("192.0.2.55", 4096)]
    [InlineData("2001:db8::55", 537)]
    [InlineData("2001:db8::55", 4096)]
    public async Task A_header_with_many_extensions_is_skipped_by_its_length(string address, int length)
    {
        await using var rig = await StartAsync();
        var proxy = await rig.ConnectAsync(Proxy);
        var client = IPAddress.Parse(address);
        byte[] ends = [.. client.GetAddressBytes(), .. client.GetAddressBytes(), 0x9c, 0x41, 0, 25];
        await proxy.SendAsync(V2(0x21, (byte)(client.AddressFamily == AddressFamily.InterNetworkV6 ? 0x21 : 0x11), [.. ends, .. new byte[length - ends.Length]]));
        Assert.StartsWith("250", await proxy.DeliverAsync("hello"), StringComparison.Ordinal);
        Assert.Contains($"{address}])", Encoding.ASCII.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_over_the_maximum_ends_the_connection_and_is_logged()
    {
        await using var rig = await StartAsync();
        var proxy = await rig.ConnectAsync(Proxy);
        await proxy.SendAsync(V2(0x21, 0x11, new byte[4097])[..16]);
        await proxy.ExpectEndAsync();
        Assert.Contains("over 4112 octets", (await rig.Log.UntilAsync(1004))[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_health_check_is_greeted_at_once_and_not_counted(bool v2)
    {
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Smtp = c.Smtp with { ProxyFrom = [IPNetwork.Parse($"{Proxy}/32")], GreetDelay = TimeSpan.FromSeconds(3), MaxConnectionsPerBlock = 1, MaxConnections = 1 },
        });
        for (var i = 0; i < 3; i++)
        {
            var proxy = await rig.ConnectAsync(Proxy);
            await proxy.SendAsync(v2 ? V2(0x20, 0x00, []) : "PROXY UNKNOWN\r\n");
            await proxy.TalkAsync("<220", ">EHLO haproxy.test", "<250");
        }

        var last = await rig.ConnectAsync(Proxy);
        await last.SendAsync(v2 ? V2(0x20, 0x00, []) : "PROXY UNKNOWN\r\n");
        await last.TalkAsync("<220", ">QUIT", "<221");
        await rig.Log.UntilAsync(1008);
        Assert.DoesNotContain(rig.Log.Lines, e => e.Event == 1000);
    }

    [Fact]
    public async Task A_proxys_right_to_XCLIENT_does_not_pass_to_its_clients()
    {
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Smtp = c.Smtp with { ProxyFrom = [IPNetwork.Parse("127.0.0.0/8")], XClientFrom = [IPNetwork.Parse("127.0.0.0/8")] },
        });
        var proxy = await rig.ConnectAsync(Proxy);
        await proxy.SendAsync(V1);
        await proxy.TalkAsync("<220", ">EHLO client.test");
        Assert.DoesNotContain("XCLIENT", await proxy.ReplyAsync(), StringComparison.Ordinal);
        await proxy.TalkAsync(">XCLIENT ADDR=192.0.2.99", "<550 5.7.0");
    }

    private static Task<InboundRig> StartAsync(TimeSpan greetDelay = default) => InboundRig.StartAsync(c => c with
    {
        Smtp = c.Smtp with { ProxyFrom = [IPNetwork.Parse($"{Proxy}/32")], GreetDelay = greetDelay },
    });

    private static string V2(byte command, byte family, byte[] body) =>
        "\r\n\r\n\0\r\nQUIT\n" + Encoding.Latin1.GetString([command, family, (byte)(body.Length >> 8), (byte)body.Length, .. body]);
}
