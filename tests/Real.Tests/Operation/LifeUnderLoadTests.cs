using System.Text.Json.Nodes;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Operation;

/// <summary>Reloads and upgrades of a node while clients send all the time: nothing is lost or doubled, and a reload ends no session.</summary>
public sealed class LifeUnderLoadTests
{
    private const int Clients = 8;
    private const string Trusted = "Trust:Entries:0=127.0.0.1/32";

    [Fact]
    public async Task Reloads_end_no_session_and_refuse_no_message()
    {
        await using var one = new ScriptedHop();
        await using var other = new ScriptedHop();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, Trusted);
        Change(folder, file => file["Relay"] = Routes(one));
        await node.ReloadAsync();
        var senders = SteadySenders.Start(node.Smtp, "sink.test", Clients);
        await senders.MoreAsync(50);
        for (var i = 1; i <= 8; i++)
        {
            var hop = i % 2 == 0 ? one : other;
            Change(folder, file =>
            {
                file["Relay"] = Routes(hop);
                file["Smtp"]!["MaxRecipients"] = 50 + i;
                file["Smtp"]!["MaxMessageSize"] = 1_000_000 + i;
            });
            var lines = await node.ReloadAsync();
            Assert.Contains(lines, l => l.Message.StartsWith("Changed: Relay:Routes: +sink.test=", StringComparison.Ordinal));
            Assert.Contains(lines, l => l.Message.StartsWith("Needs a restart: Smtp:MaxMessageSize: 26214400 -> ", StringComparison.Ordinal));
            await senders.MoreAsync(50);
        }

        // A file with errors changes nothing, either.
        File.WriteAllText(folder.File("node.json"), "{ not JSON");
        await node.ReloadAsync();
        await senders.MoreAsync(50);
        await senders.StopAsync();
        Assert.Empty(senders.Interruptions);
        ExpectEachOnce(senders, [.. one.Messages, .. other.Messages]);
        Assert.NotEmpty(one.Messages);
        Assert.NotEmpty(other.Messages);
        Assert.False(node.HasExited);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Upgrades_lose_and_double_nothing(bool spools)
    {
        await using var hop = new ScriptedHop();
        using var folder = new TemporaryFolder();
        string[] settings = [Trusted, $"Smtp:Listen=127.0.0.1:{Ports.Free()}", $"Relay:Routes:sink.test={hop.EndPoint}", .. spools ? ["Spool:Enabled=true"] : Array.Empty<string>()];
        var node = await NodeProcess.StartAsync(folder, settings);
        var senders = SteadySenders.Start(node.Smtp, "sink.test", Clients);
        for (var i = 0; i < 3; i++)
        {
            await senders.MoreAsync(100);
            await node.StopAsync();
            await node.DisposeAsync();
            node = await NodeProcess.StartAsync(folder, settings); // the new program with the old one's data
        }

        await senders.MoreAsync(100);
        await senders.StopAsync();
        Assert.NotEmpty(senders.Interruptions);
        Assert.All(senders.Interruptions, reply => Assert.Matches("^(421 4\\.3\\.2|closed|not listening)", reply));
        await Eventually.HoldsAsync("all messages at their destination", () => hop.Messages.Count >= senders.Acknowledged.Count);
        ExpectEachOnce(senders, hop.Messages);
        await node.StopAsync();
        await node.DisposeAsync();
    }

    private static void ExpectEachOnce(SteadySenders senders, IEnumerable<HopMessage> arrived) =>
        Assert.Equal(senders.Acknowledged.Order(StringComparer.Ordinal), arrived.Select(SteadySenders.SubjectOf).Order(StringComparer.Ordinal));

    private static JsonObject Routes(ScriptedHop hop) => new() { ["Routes"] = new JsonObject { ["sink.test"] = hop.EndPoint.ToString() } };

    private static void Change(TemporaryFolder folder, Action<JsonNode> change)
    {
        var file = JsonNode.Parse(File.ReadAllText(folder.File("node.json")), documentOptions: new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip })!;
        change(file);
        File.WriteAllText(folder.File("node.json"), file.ToJsonString());
    }
}
