using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Zones;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Egress;

/// <summary>Two nodes that serve the magic name, asked by dig, while destinations refuse one of them.</summary>
public sealed class LeavingNameTests : IDisposable
{
    private const string Magic = "throttle-mx.test";

    private readonly NodeNetwork _network = new();

    public void Dispose() => _network.Dispose();

    [NeedsFact("dig")]
    public async Task A_refused_relay_is_named_by_neither_zone_until_the_destinations_take_its_mail_again()
    {
        _network.Pki.Issue("a", "operator-a", "127.0.0.1", more: ["198.51.100.1", "2001:db8::1"]);
        _network.Pki.Issue("b", "operator-b", "127.0.0.1", more: ["198.51.100.2", "2001:db8::2"]);
        var refusing = true;
        string[] addresses = ["127.1.0.1", "127.2.0.1", "127.3.0.1"];
        ScriptedHop[] hops = [.. addresses.Select(address => new ScriptedHop(new IPEndPoint(IPAddress.Parse(address), 0)))];
        foreach (var hop in hops)
        {
            hop.Script = (step, _) => step == "greeting" && Volatile.Read(ref refusing) ? HopAction.SayAndHangUp("554 5.7.1 your address is listed by bl.test") : null;
        }

        await using var a = await _network.StartAsync("a", [], c => WithZone(c) with { Relay = new() { Routes = hops.Select((hop, i) => ($"d{i}.test", hop.EndPoint.ToString())).ToDictionary() } });
        await using var b = await _network.StartAsync("b", [a.Address], WithZone);
        await ExchangeNode.LinkedAsync(a, b);
        foreach (var node in new[] { a, b })
        {
            await NamesAsync(node, "127.0.0.1", "198.51.100.1", "198.51.100.2");
        }

        Assert.All(await SendAsync(a), answer => Assert.StartsWith("451 4.4.1", answer, StringComparison.Ordinal));
        foreach (var node in new[] { a, b })
        {
            await NamesAsync(node, "127.0.0.1", "198.51.100.2"); // both nodes have 127.0.0.1, so it stays
            Assert.Equal("2001:db8::2", (await DigAsync(node, "AAAA"))[0]);
        }

        Volatile.Write(ref refusing, false);
        Assert.All(await SendAsync(a), answer => Assert.StartsWith("250", answer, StringComparison.Ordinal));
        foreach (var node in new[] { a, b })
        {
            await NamesAsync(node, "127.0.0.1", "198.51.100.1", "198.51.100.2");
        }

        foreach (var hop in hops)
        {
            await hop.DisposeAsync();
        }
    }

    private static MxNode.Hosting.NodeConfiguration WithZone(MxNode.Hosting.NodeConfiguration configuration) => configuration with
    {
        Trust = new() { Zone = "list.test", DnsListen = ["127.0.0.1:0"], Entries = ["127.0.0.0/8"] },
        Network = new() { Names = [Magic] },
    };

    // One message to each destination: the answer to its recipient.
    private static async Task<List<string>> SendAsync(ExchangeNode node)
    {
        var answers = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            await using var client = await RawClient.ConnectAsync(node.Smtp);
            await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<ann@client.test>", "<250");
            await client.SendAsync($"RCPT TO:<bob@d{i}.test>\r\n");
            answers.Add(await client.ReplyAsync());
        }

        return answers;
    }

    private static Task NamesAsync(ExchangeNode node, params string[] addresses) =>
        Eventually.HoldsAsync($"{string.Join(", ", addresses)} in the zone of {node.Name}", async () => addresses.SequenceEqual(await DigAsync(node, "A")));

    private static async Task<List<string>> DigAsync(ExchangeNode node, string type)
    {
        var server = node.Services.GetRequiredService<ZoneServer>().EndPoints[0];
        var output = (await Tool.RunAsync("dig", "+short", "+tries=3", "-p", $"{server.Port}", $"@{server.Address}", Magic, type)).Expect(0).Output;
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }
}
