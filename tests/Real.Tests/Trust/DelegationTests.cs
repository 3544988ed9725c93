using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Trust;

/// <summary>Nodes as the name servers of the network's name: nsd delegates it to them, and unbound follows.</summary>
public sealed class DelegationTests
{
    private const string Magic = "throttle-mx.test";

    [NeedsFact("root", "ip", "nsd", "unbound", "dig")]
    public async Task Resolvers_find_the_nodes_that_are_up_and_the_list()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var names = await NameServer.StartAsync(
            network, $"throttle-mx NS a.throttle-mx\nthrottle-mx NS b.throttle-mx\na.throttle-mx A 10.77.0.11\nb.throttle-mx A 10.77.0.12\n", "");
        var client = await network.AddAsync(IPAddress.Parse("10.77.0.3"));
        using var pki = new TemporaryFolder();
        (await NodeProcess.CommandAsync("pki", "init", "--network", Magic, "--out", pki.Path)).Expect(0);
        using var folderA = new TemporaryFolder();
        using var folderB = new TemporaryFolder();
        await using var a = await StartAsync(network, pki, folderA, "a", 11);
        await using var b = await StartAsync(network, pki, folderB, "b", 12);

        await FindAsync(client, "both nodes", "10.77.0.11 10.77.0.12");
        Assert.Equal("10.77.0.12", await AskAsync(client, $"b.{Magic}"));
        Assert.Equal("127.0.2.3", await AskAsync(client, $"2.0.0.127.list.{Magic}"));
        Assert.Equal("127.0.2.3", await AskAsync(client, $"9.2.0.192.list.{Magic}"));
        Assert.Equal("", await AskAsync(client, $"9.3.0.192.list.{Magic}"));

        await b.KillAsync();
        await FindAsync(client, "one node alone", "10.77.0.11");
        await a.StopAsync();
    }

    private static async Task<NodeProcess> StartAsync(TestNetwork network, TemporaryFolder pki, TemporaryFolder folder, string name, int number)
    {
        var host = await network.AddAsync(IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.77.0.{number}")));
        (await NodeProcess.CommandAsync(
            "pki", "issue", "--authority", pki.Path, "--name", name, "--operator", $"operator-{name}", "--host", $"{host.Address}", "--host", $"{name}.{Magic}", "--out", pki.Path)).Expect(0);
        return await NodeProcess.StartAsync(
            folder, host, $"Node:Name={name}", $"Node:HostName={name}.{Magic}", $"Network:Names:0={Magic}", $"Smtp:Listen:0={host.Address}:2525",
            $"Trust:Zone=list.{Magic}", $"Trust:DnsListen={host.Address}:53", "Trust:Entries=192.0.2.0/24",
            $"Exchange:Listen={host.Address}:8026", "Exchange:Peers=10.77.0.11:8026,10.77.0.12:8026",
            $"Exchange:Certificate={pki.File($"{name}.pem")}", $"Exchange:Key={pki.File($"{name}.key")}", $"Exchange:Authority={pki.File("authority.pem")}");
    }

    // A new name each time, because a resolver answers cached names itself.
    private static async Task FindAsync(NetworkHost client, string what, string addresses)
    {
        var number = 0;
        await Eventually.FindAsync(what, async () =>
            await AskAsync(client, string.Create(CultureInfo.InvariantCulture, $"{what.Replace(' ', '-')}-{number++}.{Magic}")) == addresses ? "found" : null);
    }

    private static async Task<string> AskAsync(NetworkHost client, string name)
    {
        var result = await Tool.RunAsync("dig", ["+short", "+tries=3", "+time=5", $"@{TestNetwork.ResolverAddress}", name, "A"], host: client);
        return string.Join(' ', result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }
}
