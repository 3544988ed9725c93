using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Whole;

/// <summary>A protected Postfix without a guard, which uses the list itself: by DNS at each recipient, or from the exported file before its greeting.</summary>
public sealed class DestinationListTests
{
    private const string User = "someone@example.test";

    // Delegated like any zone: a name server's name, and its address.
    private const string Names = """
        list NS ns.list
        ns.list A 10.77.0.1

        """;

    private static readonly IPAddress Relay = IPAddress.Parse("10.77.0.1");

    [NeedsFact("root", "ip", "postfix", "swaks", NameServer.Authority, NameServer.Resolver)]
    public async Task Permit_dnswl_client_admits_listed_hosts_only()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var names = await NameServer.StartAsync(network, Names, "");
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(
            folder, await network.AddAsync(Relay), "Trust:Entries=10.77.0.9,10.77.8.0/24", "Trust:Zone=list.test", $"Trust:DnsListen={Relay}:53", "Trust:NameServers=ns.list.test");
        var host = await network.AddAsync(IPAddress.Parse("10.77.0.2"));
        await using var destination = await PostfixInstance.StartDestinationAsync(
            host, "mail.example.test", User, Relay, null,
            "smtpd_recipient_restrictions = reject_unauth_destination, permit_dnswl_client list.test=127.0.[1..255].[2..3], defer");

        Assert.StartsWith("250 ", await SendAsync(await network.AddAsync(IPAddress.Parse("10.77.0.9")), host), StringComparison.Ordinal);
        Assert.StartsWith("450 ", await SendAsync(await network.AddAsync(IPAddress.Parse("10.77.0.3")), host), StringComparison.Ordinal);

        // Without an answer from the DNS no host is trusted.
        await node.KillAsync();
        Assert.StartsWith("4", await SendAsync(await network.AddAsync(IPAddress.Parse("10.77.0.10")), host), StringComparison.Ordinal);
    }

    [NeedsFact("root", "ip", "postfix", "swaks", NameServer.Authority, NameServer.Resolver)]
    public async Task Postscreen_skips_its_tests_for_hosts_of_the_exported_list()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var names = await NameServer.StartAsync(network, "", "");
        using var folder = new TemporaryFolder();
        var list = folder.File("trusted.cidr");
        await using var node = await NodeProcess.StartAsync(folder, await network.AddAsync(Relay), "Trust:Entries=10.77.0.9", $"Trust:Exports:postfix={list}");
        var host = await network.AddAsync(IPAddress.Parse("10.77.0.2"));
        await using var destination = await PostfixInstance.StartDestinationAsync(
            host, "mail.example.test", User, Relay, null, $"postscreen_access_list = cidr:{list}", "postscreen_greet_wait = 1s", PostfixInstance.Postscreen);

        Assert.StartsWith("250 ", await SendAsync(await network.AddAsync(IPAddress.Parse("10.77.0.9")), host), StringComparison.Ordinal);
        await destination.LogLineAsync("the listed host", l => l.EndsWith("LISTED [10.77.0.9]:" + l.Split(':')[^1], StringComparison.Ordinal));
        Assert.StartsWith("250 ", await SendAsync(await network.AddAsync(IPAddress.Parse("10.77.0.3")), host), StringComparison.Ordinal);
        await destination.LogLineAsync("the stranger, tested", l => l.Contains("PASS NEW [10.77.0.3]", StringComparison.Ordinal));
        Assert.DoesNotContain(destination.Log, l => l.Contains("PASS NEW [10.77.0.9]", StringComparison.Ordinal));
    }

    private static async Task<string> SendAsync(NetworkHost from, NetworkHost to)
    {
        var said = (await Tool.RunAsync(
            "swaks", ["--server", to.Address.ToString(), "--from", "ann@people.test", "--to", User, "--timeout", "60s", "--hide-send", "--quit-after", "RCPT"], host: from)).Output;
        return said.Split('\n').Where(l => l.StartsWith('<') && !l.Contains(" 221 ", StringComparison.Ordinal)).Select(l => l[4..].Trim()).LastOrDefault("");
    }
}
