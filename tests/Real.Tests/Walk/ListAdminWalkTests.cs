using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Walk;

/// <summary>An admin of the trusted list follows docs/list-admin.md: from the key to an enrolment that a running node knows, and each command of its table.</summary>
public sealed partial class ListAdminWalkTests
{
    private const string Document = "docs/list-admin.md";
    private const string FirstMinutes = "## The first ten minutes of an operator";
    private const string Program = "dotnet run --project src/MxNode -- ";

    [NeedsFact("root", "ip", "nc", "smtp-sink", "dnsmasq")]
    public async Task From_a_key_to_an_enrolment_and_to_its_end()
    {
        await using var machine = await CleanMachine.StartAsync(Assert.Single(InstallDocument.Blocks("README.md", FirstMinutes, "")));
        var node = JsonNode.Parse(Assert.Single(InstallDocument.Blocks("README.md", FirstMinutes, "json")))!;
        node["Node"]!["DataDirectory"] = Path.Combine(machine.Work, "data");
        await WriteAsync(machine, node);
        var commands = InstallDocument.Blocks(Document, "## To enrol a list host", "sh").Select(block => block.Replace("… ", Program, StringComparison.Ordinal)).ToList();
        Assert.Equal(2, commands.Count);
        var id = KeyId().Match(await machine.RunAsync(commands[0])).Groups[1].Value;
        Assert.NotEqual("", id);

        // The operator adds the key.
        node["Trust"] = new JsonObject { ["Roots"] = new JsonArray(id) };
        await WriteAsync(machine, node);
        await machine.StartNodeAsync($"{Program}run --config node.json");
        Assert.Contains("not written (--dry-run)", await machine.RunAsync(commands[1]), StringComparison.Ordinal);
        const string There = "--node http://127.0.0.1:8025";
        await Eventually.HoldsAsync("the node's trust", async () => (await machine.RunAsync($"{Program}trust list {There}")).Contains("192.0.2.10/32            trusted   list-host     Example Lists", StringComparison.Ordinal));

        // Its log, its check and its exports are there for somebody elsewhere, too.
        Assert.Contains("enrol    192.0.2.10/32 Example Lists", await machine.RunAsync($"{Program}trust log {id} {There}"), StringComparison.Ordinal);
        Assert.StartsWith("ok   ", await machine.RunAsync($"{Program}trust verify {There}"), StringComparison.Ordinal);
        Assert.Contains("192.0.2.10", await machine.RunAsync($"{Program}trust export postfix {There}"), StringComparison.Ordinal);

        // The table, in its order. The delegation is for a key that another admin has made.
        var other = KeyId().Match(await machine.RunAsync($"{Program}trust key new --key other.pem --config node.json")).Groups[1].Value;
        var afterwards = Afterwards();
        Assert.Equal(["renew", "suspend", "renew", "revoke", "delegate", "revoke", "list", "show", "log", "verify", "export"], afterwards.Select(c => c.Split(' ')[1]));
        foreach (var command in afterwards)
        {
            var filled = command.Replace("KEY-ID", command.StartsWith("trust log", StringComparison.Ordinal) ? id : other, StringComparison.Ordinal);
            var exit = command.StartsWith("trust show", StringComparison.Ordinal) ? 1 : 0; // it has been revoked
            var said = await machine.RunAsync($"exit=0; {Program}{filled} --config node.json || exit=$?; [ $exit = {exit} ]");
            Assert.NotEqual("", said);
        }

        await Eventually.HoldsAsync("the end of the node's trust", async () => (await machine.RunAsync($"{Program}trust list {There}")).Contains("192.0.2.10/32            revoked   sold to a spammer", StringComparison.Ordinal));
    }

    // The commands in the second cells of the table.
    private static List<string> Afterwards() =>
    [
        .. File.ReadLines(Path.Combine(ReleaseFiles.Source, Document))
            .SkipWhile(l => l != "## Afterwards").TakeWhile(l => l != "## Take care").Where(l => l.StartsWith("| ", StringComparison.Ordinal))
            .SelectMany(l => Command().Matches(l.Split('|')[2]).Select(m => m.Groups[1].Value)),
    ];

    private static Task WriteAsync(CleanMachine machine, JsonNode configuration) => File.WriteAllTextAsync(Path.Combine(machine.Work, "node.json"), configuration.ToJsonString());

    [GeneratedRegex("key id: +([0-9a-f]{40})")]
    private static partial Regex KeyId();

    [GeneratedRegex("`(trust [^`]+)`")]
    private static partial Regex Command();
}
