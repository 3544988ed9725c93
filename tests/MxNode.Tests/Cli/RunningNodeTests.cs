using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Tests.Cli;

/// <summary>A node as a process, and the commands that query it.</summary>
[Trait("Category", "Slow")]
public sealed class RunningNodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_running_node_answers_status_and_block_and_a_second_one_in_its_place_is_refused()
    {
        await using var node = await CliNode.StartAsync(_folder.Path);
        await using var client = await RawClient.ConnectAsync(IPEndPoint.Parse(node.Smtp), "127.0.0.3");
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@[127.0.0.1]>", "<550");

        var status = await RunAsync("status", "--json", "--set", $"Admin:Listen={node.Dashboard}");
        Assert.Equal((0, ""), (status.ExitCode, status.Error));
        using var json = JsonDocument.Parse(status.Output);
        Assert.Equal(1, json.RootElement.GetProperty("connections").GetInt32());
        var block = await RunAsync("block", "127.0.0.3", "--set", $"Admin:Listen={node.Dashboard}");
        Assert.Equal((0, ""), (block.ExitCode, block.Error));
        Assert.StartsWith("127.0.0.3: the next recipient is passed on at once (it sends no more than a person)\n", block.Output, StringComparison.Ordinal);
        Assert.Contains("counted here        1 recipient in the last hour, 1 in the last day\n", block.Output, StringComparison.Ordinal);
        Assert.Contains("reported by others  nothing\n", block.Output, StringComparison.Ordinal);
        Assert.Contains("limits              20 an hour, 150 a day; 10 at once after a silence\n", block.Output, StringComparison.Ordinal);
        Assert.Matches("allowance left      (9|10) recipients\n", block.Output);
        Assert.Contains("a newcomer: its subnet's limits apply\n", block.Output, StringComparison.Ordinal);
        Assert.Matches(@"127\.0\.0\.0/24 +its newcomers use 0\.2 % of the 1000 recipients an hour that they share", block.Output);

        var sameFolder = await RunAsync("run", "--set", "Smtp:Listen=127.0.0.1:0", "--set", "Admin:Listen=");
        Assert.Equal(1, sameFolder.ExitCode);
        Assert.StartsWith("Node:DataDirectory: data cannot be used", Assert.Single(sameFolder.ErrorLines), StringComparison.Ordinal);
        var samePort = await RunAsync("run", "--set", $"Smtp:Listen={node.Smtp}", "--set", "Admin:Listen=", "--set", "Node:DataDirectory=other");
        Assert.Equal(1, samePort.ExitCode);
        Assert.StartsWith($"Smtp:Listen: cannot listen on {node.Smtp} (", Assert.Single(samePort.ErrorLines), StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", samePort.Output, StringComparison.Ordinal); // no stack trace in the log either
    }

    [Fact]
    public async Task A_node_that_is_terminated_finishes_the_message_in_flight_and_exits_with_0()
    {
        var gate = new Gate();
        await using var hop = new ScriptedHop { Script = (step, _) => step == "dot" ? gate.ThenSay("250 2.0.0 queued") : null };
        await using var node = await CliNode.StartAsync(_folder.Path, $"Relay:Routes:example.com={hop.EndPoint}");
        await using var silent = await RawClient.ConnectAsync(IPEndPoint.Parse(node.Smtp), "127.0.0.4");
        await silent.TalkAsync("<220");
        await using var client = await RawClient.ConnectAsync(IPEndPoint.Parse(node.Smtp), "127.0.0.5");
        var delivered = client.DeliverAsync("hello");
        await gate.ReachedAsync();
        await node.Process.SignalAsync("TERM");
        await silent.TalkAsync("<421 4.3.2");
        gate.Open();
        Assert.StartsWith("250", await delivered, StringComparison.Ordinal);
        await client.TalkAsync("<421 4.3.2");
        await client.DisposeAsync();
        await silent.DisposeAsync();
        var end = await node.Process.ResultAsync();
        Assert.Equal((0, ""), (end.ExitCode, end.Error));

        // The log is JSON lines, without an address in them.
        var lines = end.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
        Assert.Contains(lines, line => line.Contains("\"EventId\":1000", StringComparison.Ordinal));
        Assert.DoesNotContain("bob", end.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_is_terminated_says_so_on_readyz_before_its_listeners_close()
    {
        await using var node = await CliNode.StartAsync(_folder.Path, "Node:DrainDelay=00:00:05");
        using var http = new HttpClient { BaseAddress = new Uri($"http://{node.Dashboard}/") };
        await node.Process.SignalAsync("TERM");
        await Eventually.HoldsAsync("the end of readiness", async () =>
        {
            using var answer = await http.GetAsync("readyz");
            return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
        });
        await using var client = await RawClient.ConnectAsync(IPEndPoint.Parse(node.Smtp));
        await client.TalkAsync("<220", ">QUIT", "<221");
        var end = await node.Process.ResultAsync();
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
    }

    [Theory]
    [InlineData("Text", @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info: ThrottleNet\.\S+\[\d+\] \S")]
    [InlineData("Json", @"^\{""Timestamp"":""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"",""EventId"":\d+,""LogLevel"":""Information"",")]
    [InlineData("Journald", @"^<6>ThrottleNet\.\S+\[\d+\] \S")]
    public async Task The_log_has_the_format_that_is_set_with_dates_as_in_ISO_8601(string format, string line)
    {
        string[] settings = ["Smtp:Listen=127.0.0.1:0", "Admin:Listen=", $"Telemetry:LogFormat={format}"];
        await using var node = RunningProcess.Start(NodeCommandLine.StartInfo(["run", .. settings.SelectMany(s => new[] { "--set", s })], _folder.Path));
        var first = await node.LineAsync("a line of the log", l => Regex.IsMatch(l, line));
        Assert.DoesNotContain("{OriginalFormat}", first, StringComparison.Ordinal);
        Assert.Equal(0, await node.StopAsync());
    }

    [Fact]
    public async Task When_a_token_is_set_the_commands_need_it()
    {
        var token = WriteToken();
        await using var node = await CliNode.StartAsync(_folder.Path, $"Admin:TokenFile={token}");
        var without = await RunAsync("status", "--set", $"Admin:Listen={node.Dashboard}");
        Assert.Equal((1, $"{node.Dashboard} needs a token; name the file that holds it with --token-file FILE, or the node's configuration with --config FILE"), (without.ExitCode, Assert.Single(without.ErrorLines)));
        var with = await RunAsync("status", "--set", $"Admin:Listen={node.Dashboard}", "--set", $"Admin:TokenFile={token}");
        Assert.Equal((0, ""), (with.ExitCode, with.Error));
        Assert.Contains("node         node (localhost)", with.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unblock_lets_a_refused_host_in_again_and_says_what_it_did()
    {
        await using var hop = new ScriptedHop();
        await using var node = await CliNode.StartAsync(_folder.Path, $"Relay:Routes:example.com={hop.EndPoint}", "Throttle:Host:Soft=1", "Throttle:Host:Hard=1", "Throttle:Host:Day=24", "Throttle:MaxDelay=00:00:00");
        string[] to = ["--set", $"Admin:Listen={node.Dashboard}"];
        for (var i = 0; i < 4; i++)
        {
            await RawClient.SendMessageAsync(IPEndPoint.Parse(node.Smtp), IPAddress.Parse("127.0.0.6"), "a@client.test", $"r{i}@example.com");
        }

        await using (var refused = await RawClient.ConnectAsync(IPEndPoint.Parse(node.Smtp), "127.0.0.6"))
        {
            await refused.TalkAsync("<421 4.7.0");
        }

        var unblocked = await RunAsync(["unblock", "127.0.0.6", .. to]);
        Assert.Equal((0, "127.0.0.6: no longer refused; its counts begin anew\n", ""), (unblocked.ExitCode, unblocked.Output, unblocked.Error));
        Assert.StartsWith("250", await RawClient.SendMessageAsync(IPEndPoint.Parse(node.Smtp), IPAddress.Parse("127.0.0.6"), "a@client.test", "again@example.com"), StringComparison.Ordinal);
        var again = await RunAsync(["unblock", "127.0.0.7", "--json", .. to]);
        Assert.Equal(("127.0.0.7", false), (JsonElement.Parse(again.Output).GetProperty("block").GetString(), JsonElement.Parse(again.Output).GetProperty("wasRefused").GetBoolean()));
        var network = await RunAsync(["unblock", "127.0.0.0/24", .. to]);
        Assert.Equal(2, network.ExitCode);
        Assert.Contains("is not an address", network.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trust_commands_sign_with_the_running_nodes_key()
    {
        var token = WriteToken();
        using var key = SigningKey.Create();
        await using var node = await StartSigningAsync(token, key);
        string[] there = ["--node", $"http://{node.Dashboard}", "--token-file", token, "--set", "Dns:Servers=127.0.0.1:9"];
        string[] entry = ["--kind", "list-host", "--organisation", "A list", "--contact", "list@lists.example"];
        var enrolled = await RunAsync(["trust", "enrol", "192.0.2.7", .. entry, .. there]);
        Assert.Equal((0, ""), (enrolled.ExitCode, enrolled.Error));
        Assert.EndsWith("signed by the node, and written to its log\n", enrolled.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(["trust", "renew", "192.0.2.7", "--rate", "700", .. there])).ExitCode);
        Assert.Equal(0, (await RunAsync(["trust", "suspend", "192.0.2.7", "--reason", "complaints", .. there])).ExitCode);
        var revoked = await RunAsync(["trust", "revoke", "192.0.2.7", "--reason", "closed", "--json", .. there]);
        Assert.Equal("revoke", JsonElement.Parse(revoked.Output).GetProperty("statement").GetProperty("action").GetString());
        await Eventually.HoldsAsync("the list", async () => (await RunAsync(["trust", "show", "192.0.2.7", .. there])).Output.Contains("revoked   closed", StringComparison.Ordinal));

        var doubtful = await RunAsync(["trust", "enrol", "10.0.0.7", .. entry, .. there]);
        Assert.Equal(1, doubtful.ExitCode);
        Assert.EndsWith("; add --yes if that is meant", Assert.Single(doubtful.ErrorLines), StringComparison.Ordinal);
        var ownKey = await RunAsync(["trust", "suspend", "192.0.2.7", "--reason", "x", "--dry-run", .. there]);
        Assert.Equal((1, "refused: the node signs with its own key, at once; leave --key and --dry-run out, or --node"), (ownKey.ExitCode, Assert.Single(ownKey.ErrorLines)));
        var refused = await RunAsync(["trust", "renew", "192.0.2.99", .. there]);
        Assert.Equal((1, "192.0.2.99/32 is not on the list; put it there with 'trust enrol'"), (refused.ExitCode, Assert.Single(refused.ErrorLines)));
    }

    [Fact]
    public async Task Trust_commands_read_the_running_nodes_logs_and_list()
    {
        var token = WriteToken();
        using var key = SigningKey.Create();
        await using var node = await StartSigningAsync(token, key);
        // The commands' own data directory has no logs.
        string[] there = ["--node", $"http://{node.Dashboard}", "--token-file", token, "--set", "Dns:Servers=127.0.0.1:9", "--set", $"Node:DataDirectory={_folder.File("elsewhere")}"];
        var none = await RunAsync(["trust", "verify", .. there]);
        Assert.Equal((0, "there are no statements there yet; make one with: trust enrol\n"), (none.ExitCode, none.Output));
        Assert.Equal(0, (await RunAsync(["trust", "enrol", "192.0.2.7", "--kind", "list-host", "--organisation", "A list", "--contact", "list@lists.example", .. there])).ExitCode);

        var log = await RunAsync(["trust", "log", .. there]);
        Assert.Equal((0, ""), (log.ExitCode, log.Error));
        Assert.Contains("enrol    192.0.2.7/32 A list", log.Output, StringComparison.Ordinal);
        var json = await RunAsync(["trust", "log", key.Public.Id, "--json", .. there]);
        Assert.Equal(key.Public.Id, Assert.Single(JsonElement.Parse(json.Output).EnumerateArray()).GetProperty("author").GetString());
        var unknown = await RunAsync(["trust", "log", new string('0', 40), .. there]);
        Assert.Equal((1, $"this node has no log of {new string('0', 40)}"), (unknown.ExitCode, Assert.Single(unknown.ErrorLines)));

        var path = Path.Combine("data", "trust", $"{key.Public.Id}.trustlog");
        var sound = await RunAsync(["trust", "verify", .. there]);
        Assert.Equal((0, $"ok   {path}: 1 statement\n"), (sound.ExitCode, sound.Output));
        await Eventually.HoldsAsync("the list", async () => (await RunAsync(["trust", "export", "text", .. there])).Output == "192.0.2.7/32\n");
        var file = _folder.File("clients.cidr");
        Assert.Equal(0, (await RunAsync(["trust", "export", "postfix", "--out", file, .. there])).ExitCode);
        Assert.EndsWith("192.0.2.7/32 permit\n", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        var unwritable = await RunAsync(["trust", "export", "postfix", "--out", _folder.File("no/folder"), .. there]);
        Assert.Equal(1, unwritable.ExitCode);
        Assert.StartsWith("refused: ", Assert.Single(unwritable.ErrorLines), StringComparison.Ordinal);

        var stored = _folder.File(path);
        await File.WriteAllTextAsync(stored, (await File.ReadAllTextAsync(stored)).Replace("192.0.2.7", "192.0.3.7", StringComparison.Ordinal));
        var forged = await RunAsync(["trust", "verify", .. there]);
        Assert.Equal(1, forged.ExitCode);
        Assert.StartsWith($"FAIL {path}: 0 statements\n", forged.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_listens_on_all_addresses_is_asked_on_loopback_and_by_url()
    {
        var token = WriteToken();
        await using var node = await CliNode.StartAsync(_folder.Path, "Admin:Listen=0.0.0.0:0", $"Admin:TokenFile={token}");
        var port = IPEndPoint.Parse(node.Dashboard).Port;
        var configured = await RunAsync("status", "--set", $"Admin:Listen=0.0.0.0:{port}", "--set", $"Admin:TokenFile={token}");
        Assert.Equal((0, ""), (configured.ExitCode, configured.Error));
        foreach (var command in new[] { "status", "peers", "block 192.0.2.7", "trust list" })
        {
            var named = await RunAsync([.. command.Split(' '), "--node", $"http://127.0.0.1:{port}", "--token-file", token]);
            Assert.Equal((0, ""), (named.ExitCode, named.Error));
            Assert.NotEqual("", named.Output);
        }

        var json = await RunAsync("trust", "list", "--json", "--node", $"http://127.0.0.1:{port}/", "--token-file", token);
        Assert.Equal("[]", JsonElement.Parse(json.Output).GetProperty("rows").GetRawText());
        var unknown = await RunAsync("trust", "show", "192.0.2.7", "--node", $"http://127.0.0.1:{port}", "--token-file", token);
        Assert.Equal((1, "192.0.2.7/32 is not on the list\n"), (unknown.ExitCode, unknown.Output));
        var spoilt = await RunAsync("status", "--node", "127.0.0.1");
        Assert.Equal(2, spoilt.ExitCode);
        var without = await RunAsync("queue", "list", "--node", $"http://127.0.0.1:{port}");
        Assert.Equal(1, without.ExitCode);
        Assert.Contains("needs a token", Assert.Single(without.ErrorLines), StringComparison.Ordinal);
    }

    private string WriteToken()
    {
        var token = _folder.Write("token", "a token of thirty-two characters!");
        File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return token;
    }

    private Task<CliNode> StartSigningAsync(string token, SigningKey key) => CliNode.StartAsync(
        _folder.Path, $"Admin:TokenFile={token}", $"Admin:TrustKeyFile={_folder.Write("key.pem", key.ToPem())}", $"Trust:Roots:0={key.Public.Id}");

    private Task<ProcessResult> RunAsync(params string[] arguments) => CliNode.CommandAsync(_folder.Path, arguments);
}
