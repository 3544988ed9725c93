using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Packages;
using Xunit.Abstractions;

namespace ThrottleNet.Real.Tests.Walk;

/// <summary>A newcomer follows README.md and docs/operator.md by their commands and files alone: to a first message, to two nodes, to a cluster.</summary>
public sealed partial class NewcomerWalkTests(ITestOutputHelper output)
{
    private const string Readme = "README.md";
    private const string FirstMinutes = "## The first ten minutes of an operator";
    private const string Operator = "docs/operator.md";
    private const string Program = "dotnet run --project src/MxNode -- ";

    private readonly long _from = TimeProvider.System.GetTimestamp();

    [NeedsFact("root", "ip", "nc", "swaks", "smtp-sink", "dnsmasq")]
    public async Task From_nothing_to_a_first_message()
    {
        await using var machine = await CleanMachine.StartAsync(Assert.Single(InstallDocument.Blocks(Readme, FirstMinutes, "")));
        var start = InstallDocument.Blocks(Readme, "## Set-up", "sh")[0].Trim();
        var defaults = await machine.StartNodeAsync(start);
        Assert.Equal(0, await defaults.StopAsync());

        await WriteAsync(machine, "node.json", Configuration(machine));
        Assert.Contains("good", await machine.RunAsync(Named("check-config --config node.json")), StringComparison.Ordinal);
        var commands = InstallDocument.Blocks(Readme, FirstMinutes, "sh");
        await machine.StartNodeAsync(commands[0].Trim());
        await machine.RunAsync(commands[1]);
        await Eventually.HoldsAsync("the message at its destination", () => machine.Arrived == 1);
        Assert.NotEmpty(await machine.RunAsync(Named("status")));
        Assert.NotEmpty(await machine.RunAsync(Named("block 198.51.100.7")));
        Say("a first message");
    }

    [NeedsFact("root", "ip", "nc", "smtp-sink", "dnsmasq")]
    public async Task From_one_node_to_two()
    {
        await using var machine = await CleanMachine.StartAsync(Assert.Single(InstallDocument.Blocks(Readme, FirstMinutes, "")), "192.0.2.20");
        var commands = Assert.Single(InstallDocument.Blocks(Operator, "## Join a network", "sh"));
        Assert.Equal(Lines(commands), Lines(InstallDocument.Blocks(Readme, FirstMinutes, "sh")[2]));
        await machine.RunAsync(commands);
        await machine.RunAsync(Lines(commands)[1].Replace("192.0.2.10", "192.0.2.20", StringComparison.Ordinal).Replace("--name a", "--name b", StringComparison.Ordinal).Replace("--out a", "--out b", StringComparison.Ordinal));

        // The other node has the same section with the addresses changed over, and a place of its own on this machine.
        var section = JsonNode.Parse($"{{ {InstallDocument.Blocks(Operator, "## Join a network", "json")[0]} }}")!["Exchange"]!;
        section["Listen"] = "192.0.2.10:8026";
        await WriteAsync(machine, "a.json", Configuration(machine, "a", ("Exchange", section)));
        var other = section.ToJsonString().Replace("192.0.2.10", "x", StringComparison.Ordinal).Replace("192.0.2.20", "192.0.2.10", StringComparison.Ordinal).Replace("x:", "192.0.2.20:", StringComparison.Ordinal).Replace("a/a.", "b/b.", StringComparison.Ordinal);
        await WriteAsync(machine, "b.json", Configuration(machine, "b", ("Exchange", JsonNode.Parse(other)!)));
        await machine.StartNodeAsync($"{Program}run --config a.json");
        await machine.StartNodeAsync($"{Program}run --config b.json --set Admin:Listen=127.0.0.1:8125 --set Smtp:Listen=192.0.2.20:25");
        await Eventually.HoldsAsync("the link", async () => (await machine.RunAsync(Named("peers"))).Contains(" b", StringComparison.Ordinal));
        Say("two nodes");
    }

    [NeedsFact("root", "ip", "nc", "smtp-sink", "dnsmasq", "redis-server")]
    public async Task From_one_node_to_a_cluster()
    {
        await using var machine = await CleanMachine.StartAsync(Assert.Single(InstallDocument.Blocks(Readme, FirstMinutes, "")), "10.0.0.1", "10.0.0.2", "10.0.0.9");
        var commands = Assert.Single(InstallDocument.Blocks(Operator, "## More than one machine", "sh")).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        var redis = Assert.Single(commands, c => c.StartsWith("redis-server", StringComparison.Ordinal));
        commands.Remove(redis);
        await machine.RunAsync(string.Join('\n', commands));
        machine.Start($"{redis} --bind 10.0.0.9 --protected-mode no");
        await machine.RunAsync(commands[^1].Replace("10.0.0.1", "10.0.0.2", StringComparison.Ordinal).Replace("--name a", "--name b", StringComparison.Ordinal).Replace("--out cluster-a", "--out cluster-b", StringComparison.Ordinal));
        var section = JsonNode.Parse($"{{ {Assert.Single(InstallDocument.Blocks(Operator, "## More than one machine", "json"))} }}")!["Cluster"]!;
        await WriteAsync(machine, "a.json", Configuration(machine, "a", ("Cluster", section)));
        var other = section.ToJsonString().Replace("10.0.0.1", "10.0.0.2", StringComparison.Ordinal).Replace("cluster-a/a.", "cluster-b/b.", StringComparison.Ordinal);
        await WriteAsync(machine, "b.json", Configuration(machine, "b", ("Cluster", JsonNode.Parse(other)!)));
        await machine.StartNodeAsync($"{Program}run --config a.json");
        await machine.StartNodeAsync($"{Program}run --config b.json --set Admin:Listen=127.0.0.1:8125 --set Smtp:Listen=10.0.0.2:25");
        await Eventually.HoldsAsync("both members", async () => JsonElement.Parse(await machine.RunAsync(Named("status --json"))) is var status
            && status.TryGetProperty("cluster", out var cluster) && cluster.GetProperty("members").GetArrayLength() == 2);
        Say("a cluster");
    }

    [NeedsFact("root", "ip", "nc", "smtp-sink", "dnsmasq", "dig")]
    public async Task From_one_node_to_the_networks_own_name()
    {
        await using var machine = await CleanMachine.StartAsync(Assert.Single(InstallDocument.Blocks(Readme, FirstMinutes, "")));
        const string Heading = "## Answer for the network's name";
        await machine.RunAsync(Lines(Assert.Single(InstallDocument.Blocks(Operator, "## Join a network", "sh")))[0]);
        await machine.RunAsync(Named("pki issue --authority ca --name a --operator acme --host 192.0.2.10 --host a.throttle-mx.example.net --out a"));
        var exchange = JsonNode.Parse($"{{ {InstallDocument.Blocks(Operator, "## Join a network", "json")[0]} }}")!["Exchange"]!;
        exchange["Listen"] = "192.0.2.10:8026";
        var trust = JsonNode.Parse($"{{ {Assert.Single(InstallDocument.Blocks(Operator, Heading, "json"))} }}")!["Trust"]!;
        await WriteAsync(machine, "node.json", Configuration(machine, "a", ("Exchange", exchange), ("Trust", trust)));
        await machine.StartNodeAsync(Named("run --config node.json"));
        var section = File.ReadAllText(Path.Combine(ReleaseFiles.Source, Operator)).Split(Heading)[1];
        var checks = Digs().Matches(section).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(2, checks.Count);
        await Eventually.HoldsAsync("the list", async () => await machine.RunAsync($"{checks[0]} +short") == "127.0.2.3\n");
        Assert.Equal("192.0.2.10\n", await machine.RunAsync($"{checks[1]} +short"));
        Say("the network's own name");
    }

    private static string[] Lines(string block) => block.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Named(string command) => Program + command;

    // The configuration of README.md, for a node with that name and a further section, with a data directory on this machine.
    private static string Configuration(CleanMachine machine, string name = "a", params (string Name, JsonNode Section)[] sections)
    {
        var node = JsonNode.Parse(Assert.Single(InstallDocument.Blocks(Readme, FirstMinutes, "json")))!;
        node["Node"]!["Name"] = name;
        node["Node"]!["DataDirectory"] = Path.Combine(machine.Work, "data-" + name);
        foreach (var (key, section) in sections)
        {
            node[key] = section.DeepClone();
            node["Smtp"]!["Listen"] = new JsonArray("192.0.2.10:25"); // there are two nodes on this machine
        }

        return node.ToJsonString();
    }

    private static Task WriteAsync(CleanMachine machine, string name, string text) => File.WriteAllTextAsync(Path.Combine(machine.Work, name), text);

    private void Say(string where) => output.WriteLine($"to {where}: {TimeProvider.System.GetElapsedTime(_from).TotalSeconds:F0} s");

    [GeneratedRegex("`(dig [^`]+)`")]
    private static partial Regex Digs();
}
