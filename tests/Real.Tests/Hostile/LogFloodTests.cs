using System.Net;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Trust;

namespace ThrottleNet.Real.Tests.Hostile;

/// <summary>Nobody fills the log: thousands of calls and connections come to a few lines.</summary>
public sealed class LogFloodTests
{
    private const int Octets = 64 * 1024;

    [Theory]
    [InlineData("reset", "/throttlenet.v1.Exchange/Link")]
    [InlineData("reset", "/throttlenet.v1.Sightings/Ask")]
    [InlineData("reset", "/grpc.health.v1.Health/Watch")]
    [InlineData("excess", "/throttlenet.v1.Exchange/Link")]
    [InlineData("garbage", "/throttlenet.v1.Exchange/Link")]
    [InlineData("garbage", "/throttlenet.v1.Sightings/Ask")]
    [InlineData("garbage", "/nothing/here")]
    public async Task Calls_that_a_peer_resets_exceeds_or_garbles_are_a_few_lines(string attack, string path)
    {
        const int Calls = 3000;
        await using var network = await FeedNetwork.CreateAsync();
        var port = Ports.Free();
        var node = await network.StartAsync("a", port);
        var pem = network.Issue("b");
        using var certificate = X509Certificate2.CreateFromPemFile(pem[1], pem[2]);
        for (var sent = 0; sent < Calls;)
        {
            await using var attacker = await Http2Attacker.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), certificate);
            for (var isOpen = true; isOpen && sent < Calls; sent += 100)
            {
                for (var i = 0; i < 100; i++)
                {
                    if (attack == "garbage")
                    {
                        attacker.Garbage(path);
                    }
                    else
                    {
                        attacker.Call(path, reset: attack == "reset");
                    }
                }

                isOpen = await attacker.SendAsync();
            }
        }

        await using var client = await RawClient.ConnectAsync(node.Smtp);
        await client.TalkAsync("<220", ">QUIT", "<221");
        Assert.InRange(node.Log.Sum(l => (long)l.Text.Length), 1, Octets);
        await node.StopAsync();
    }

    [Fact]
    public async Task Connections_without_a_certificate_are_a_few_lines()
    {
        await using var network = await FeedNetwork.CreateAsync();
        var port = Ports.Free();
        var node = await network.StartAsync("a", port);
        for (var i = 0; i < 1000; i++)
        {
            await using var client = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            await client.SendAsync(i % 2 == 0 ? "GET / HTTP/1.1\r\n\r\n" : "\u0016\u0003\u0001");
        }

        Assert.InRange(node.Log.Sum(l => (long)l.Text.Length), 1, Octets);
        await node.StopAsync();
    }

    [Fact]
    public async Task Sessions_without_mail_are_a_few_lines()
    {
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder);
        for (var i = 0; i < 2000; i++)
        {
            await using var client = await RawClient.ConnectAsync(node.Smtp, $"127.9.0.{1 + (i % 4)}");
            await client.TalkAsync("<220", ">QUIT", "<221");
        }

        Assert.InRange(node.Log.Sum(l => (long)l.Text.Length), 1, Octets);
        await node.StopAsync();
    }
}
