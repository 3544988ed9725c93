using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Trust;

/// <summary>Nodes as the name servers of the network's name: nsd delegates it to them, and unbound follows.</summary>
public sealed class DelegationTests
{
    private const string Magic = "throttle-mx.test";

    private static readonly IPAddress NodeA = IPAddress.Parse("10.77.0.11");
    private static readonly IPAddress NodeB = IPAddress.Parse("10.77.0.12");
    private static readonly string Both = $"{NodeA} {NodeB}";

    [NeedsFact("root", "ip", "nsd", "unbound", "dig")]
    public async Task Resolvers_find_the_nodes_that_are_up_and_the_list()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var names = await NameServer.StartAsync(
            network, $"throttle-mx NS a.throttle-mx\nthrottle-mx NS b.throttle-mx\na.throttle-mx A {NodeA}\nb.throttle-mx A {NodeB}\n", "");
        var client = await network.AddAsync(IPAddress.Parse("10.77.0.3"));
        using var pki = new TestPki(Magic);
        using var folderA = new TemporaryFolder();
        using var folderB = new TemporaryFolder();
        await using var a = await StartAsync(network, pki, folderA, "a", NodeA);
        await using var b = await StartAsync(network, pki, folderB, "b", NodeB);

        // The resolver asks either node, and each learns by itself that the other one is up.
        foreach (var node in new[] { NodeA, NodeB })
        {
            await FindAsync(client, node, $"both nodes by {node}", Both);
        }

        Assert.Equal(Both, await AskAsync(client, TestNetwork.ResolverAddress, $"any.{Magic}"));
        Assert.Equal($"{NodeB}", await AskAsync(client, TestNetwork.ResolverAddress, $"b.{Magic}"));
        Assert.Equal("127.0.2.3", await AskAsync(client, TestNetwork.ResolverAddress, $"2.0.0.127.list.{Magic}"));
        Assert.Equal("127.0.2.3", await AskAsync(client, TestNetwork.ResolverAddress, $"9.2.0.192.list.{Magic}"));
        Assert.Equal("", await AskAsync(client, TestNetwork.ResolverAddress, $"9.3.0.192.list.{Magic}"));

        await b.KillAsync();
        await FindAsync(client, TestNetwork.ResolverAddress, "one node alone", $"{NodeA}");
        await a.StopAsync();
    }

    private static async Task<NodeProcess> StartAsync(TestNetwork network, TestPki pki, TemporaryFolder folder, string name, IPAddress address)
    {
        var host = await network.AddAsync(address);
        var (certificate, key) = pki.Issue(name, $"operator-{name}", $"{host.Address}", more: $"{name}.{Magic}");
        return await NodeProcess.StartAsync(
            folder, host, $"Node:Name={name}", $"Node:HostName={name}.{Magic}", $"Network:Names:0={Magic}", $"Smtp:Listen:0={host.Address}:2525",
            $"Trust:Zone=list.{Magic}", $"Trust:DnsListen={host.Address}:53", "Trust:Entries=192.0.2.0/24",
            $"Exchange:Listen={host.Address}:8026", $"Exchange:Peers={NodeA}:8026,{NodeB}:8026",
            $"Exchange:Certificate={certificate}", $"Exchange:Key={key}", $"Exchange:Authority={pki.Authority}");
    }

    // A new name each time, because a resolver answers cached names itself.
    private static async Task FindAsync(NetworkHost client, IPAddress server, string what, string addresses)
    {
        var number = 0;
        await Eventually.HoldsAsync(what, async () => await AskAsync(client, server, string.Create(CultureInfo.InvariantCulture, $"new{number++}.{Magic}")) == addresses);
    }

    private static async Task<string> AskAsync(NetworkHost client, IPAddress server, string name)
    {
        var result = await Tool.RunAsync("dig", ["+short", "+tries=3", "+time=5", $"@{server}", name, "A"], host: client);
        return string.Join(' ', result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }
}
