using System.Text.Json.Nodes;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Walk;

/// <summary>A domain owner follows docs/domain-owner.md by its records, commands and files: before the magic MX is published, and after it.</summary>
public sealed class DomainOwnerWalkTests
{
    private const string Document = "docs/domain-owner.md";
    private const string Program = "dotnet run --project src/MxNode -- ";
    private const string Address = "throttle-mx.example.net. A 192.0.2.10\n";

    [NeedsFact("root", "ip", "nc", "smtp-sink", "dnsmasq")]
    public async Task Before_you_publish()
    {
        var records = Assert.Single(InstallDocument.Blocks(Document, "# Protect a domain", ""));
        var commands = InstallDocument.Blocks(Document, "## Before you publish", "sh");
        Assert.Equal(2, commands.Count);
        var before = string.Join('\n', records.Split('\n').Where(l => !l.Contains("throttle-mx", StringComparison.Ordinal)));
        await using (var machine = await StartAsync(before + Address))
        {
            var planned = await machine.RunAsync(commands[0].Trim());
            Assert.StartsWith("example.com, as if it had published MX 0 throttle-mx.example.net.\n", planned, StringComparison.Ordinal);
            Assert.Contains("  pass  senders try the magic MX first", planned, StringComparison.Ordinal);
            Assert.Contains(" 0 failed, ", planned, StringComparison.Ordinal);
        }

        await using var published = await StartAsync(records + Address);
        Assert.Contains("  pass  answers RCPT TO:<postmaster@example.com> with: 250 ", await published.RunAsync(commands[1].Trim()), StringComparison.Ordinal);
    }

    [NeedsFact("root", "ip", "nc", "smtp-sink", "dnsmasq", "nft")]
    public async Task Guard_your_mail_server()
    {
        await using var machine = await StartAsync(Assert.Single(InstallDocument.Blocks(Document, "# Protect a domain", "")) + Address, start: false);
        await machine.RunAsync($"""
            {Program}pki init --network throttle-mx.example.net --out .
            {Program}pki issue --authority . --name a --operator acme --host 192.0.2.10 --out .
            {Program}pki issue --authority . --name guard --operator acme --guard --out .
            """);
        var relay = Readme(machine);
        relay["Exchange"] = new JsonObject { ["Listen"] = "192.0.2.10:8026", ["Certificate"] = "a.pem", ["Key"] = "a.key", ["Authority"] = "authority.pem" };
        await WriteAsync(machine, "node.json", relay);
        await machine.StartNodeAsync($"{Program}run --config node.json");

        var guard = JsonNode.Parse(Assert.Single(InstallDocument.Blocks(Document, "## Guard your mail server", "json")))!;
        guard["Node"]!["DataDirectory"] = Path.Combine(machine.Work, "data-guard");
        await WriteAsync(machine, "guard.json", guard);
        await machine.StartNodeAsync($"{Program}run --config guard.json");
        var report = await machine.RunAsync($"{Program}doctor example.com --config guard.json");
        Assert.Contains("  pass  the guard at 127.0.0.1:10040 answers\n", report, StringComparison.Ordinal);
        Assert.Contains("  pass  the guard knows the relay 192.0.2.10\n", report, StringComparison.Ordinal);
    }

    private static async Task<CleanMachine> StartAsync(string zone, bool start = true)
    {
        var machine = await CleanMachine.StartAsync(zone);
        if (start)
        {
            await WriteAsync(machine, "node.json", Readme(machine));
            await machine.StartNodeAsync($"{Program}run --config node.json");
        }

        return machine;
    }

    // The relay's configuration of README.md, with a data directory on this machine.
    private static JsonNode Readme(CleanMachine machine)
    {
        var node = JsonNode.Parse(Assert.Single(InstallDocument.Blocks("README.md", "## The first ten minutes of an operator", "json")))!;
        node["Node"]!["DataDirectory"] = Path.Combine(machine.Work, "data");
        return node;
    }

    private static Task WriteAsync(CleanMachine machine, string name, JsonNode configuration) => File.WriteAllTextAsync(Path.Combine(machine.Work, name), configuration.ToJsonString());
}
