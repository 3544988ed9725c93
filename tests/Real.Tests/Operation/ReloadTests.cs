using System.Net;
using System.Text.Json.Nodes;
using ThrottleNet.Real.Tests.Clients;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Operation;

/// <summary>SIGHUP while mail flows.</summary>
public sealed class ReloadTests
{
    private const int Sessions = 6;

    [NeedsFact("root", "swaks", "smtp-sink")]
    public async Task Sessions_of_swaks_last_over_a_reload_and_later_mail_goes_by_the_new_route()
    {
        await using var slow = await SmtpSink.StartAsync("-W", ".:5"); // answers the final dot after 5 seconds
        await using var other = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, "Smtp:GreetDelay=00:00:00");
        Change(folder, file => file["Relay"] = Routes(slow));
        Assert.Contains(await node.ReloadAsync(), l => l.Message.StartsWith("Changed: Relay:Routes: +sink.test=", StringComparison.Ordinal));

        var sent = Enumerable.Range(0, Sessions).Select(_ => Swaks.SendAsync(node.Smtp, "")).ToList();
        await Eventually.HoldsAsync("all sessions to be open", async () => (await node.StatusAsync()).GetProperty("connections").GetInt32() == Sessions);
        Change(folder, file =>
        {
            file["Relay"] = Routes(other);
            file["Trust"] = new JsonObject { ["Entries"] = new JsonArray("127.0.0.0/8") };
            file["Smtp"]!["Listen"] = new JsonArray("127.0.0.1:1");
        });
        var lines = await node.ReloadAsync();
        Assert.Contains(lines, l => l.Message == "Changed: Trust:Entries: +127.0.0.0/8");
        Assert.Contains(lines, l => l.Message == "Needs a restart: Smtp:Listen: +127.0.0.1:1, -127.0.0.1:0");
        Assert.All(await Task.WhenAll(sent), result => result.Expect(0));

        (await Swaks.SendAsync(node.Smtp, "")).Expect(0);
        Assert.Equal(Sessions + 1, slow.Messages().Count + other.Messages().Count);
        Assert.NotEmpty(other.Messages());
        await node.StopAsync();
    }

    [NeedsFact("root", "swaks", "smtp-sink")]
    public async Task A_file_with_errors_changes_nothing_and_each_error_is_logged()
    {
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"));
        Change(folder, file =>
        {
            file["Relay"] = new JsonObject { ["Prot"] = 26, ["MaxAddresses"] = 0 };
            file["Trust"] = new JsonObject { ["Entries"] = new JsonArray("192.0.2.300", "127.0.0.0/8") };
        });
        var lines = await node.ReloadAsync();
        Assert.Equal(3, lines.Count(l => l.EventId == 113));
        Assert.Contains(lines, l => l.Message.Contains("Relay:Prot: unknown key; did you mean Port?", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Message.Contains("Relay:MaxAddresses: 0", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Message.Contains("Trust:Entries:0: ", StringComparison.Ordinal));
        (await Swaks.SendAsync(node.Smtp, "")).Expect(0);
        Assert.True(await node.CountAsync(IPAddress.Loopback) > 0); // still not trusted

        File.WriteAllText(folder.File("node.json"), "{ not JSON");
        Assert.Contains(await node.ReloadAsync(), l => l.Message.Contains("line 1, column", StringComparison.Ordinal));
        (await Swaks.SendAsync(node.Smtp, "")).Expect(0);
        Assert.False(node.HasExited);
    }

    private static JsonObject Routes(SmtpSink sink) => new() { ["Routes"] = new JsonObject { ["sink.test"] = sink.Route("sink.test").Split('=')[1] } };

    private static void Change(TemporaryFolder folder, Action<JsonNode> change)
    {
        var file = JsonNode.Parse(File.ReadAllText(folder.File("node.json")), documentOptions: new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip })!;
        change(file);
        File.WriteAllText(folder.File("node.json"), file.ToJsonString());
    }
}
