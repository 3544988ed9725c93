using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>The nodes of a cluster answer for the magic name, asked by dig.</summary>
public sealed class ClusterZoneTests
{
    private const string Dig = "dig";
    private const string Name = "throttle-mx.relays.test";
    private const int Port = 5353;

    private static readonly string[] Nodes = ["a", "b", "c"];

    [NeedsFact(LocalCluster.Python, LocalCluster.Sink, Dig)]
    public async Task When_a_node_that_serves_the_magic_name_is_killed_the_others_answer_without_its_address_until_it_is_back()
    {
        using var members = new TemporaryFolder();
        var addresses = Nodes.ToDictionary(n => n, _ => Loopback.Next().ToString());
        string[] Settings(string name) =>
        [
            $"Cluster:Members=file:{members.File("members.json")}", $"Node:HostName={name}.{Name}", $"Smtp:Listen:0={addresses[name]}:0",
            $"Trust:Zone=list.{Name}", $"Trust:DnsListen:0={addresses[name]}:{Port}",
        ];

        await using var cluster = await LocalCluster.StartAsync(Settings, Nodes);
        await AnswerAsync(Nodes, Nodes);
        await cluster["a"].KillAsync();
        await AnswerAsync(["b", "c"], ["b", "c"]);
        await cluster.StartAloneAsync("a");
        await AnswerAsync(Nodes, Nodes);

        Task AnswerAsync(string[] servers, string[] listed) => Eventually.HoldsAsync($"{string.Join(", ", listed)} in the name", async () =>
        {
            var answers = await Task.WhenAll(servers.Select(s => AskAsync(addresses[s])));
            return answers.All(a => a.SetEquals(listed.Select(n => addresses[n])));
        });
    }

    private static async Task<HashSet<string>> AskAsync(string server) =>
        [.. (await Tool.RunAsync("dig", "+short", "+norecurse", "+tries=1", "+time=10", "-p", $"{Port}", $"@{server}", Name, "A")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
}
