using System.Net;
using System.Text.Json;
using ThrottleNet.MxNode.Cli;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Cli;

/// <summary>The output and the exit codes of the commands that need no running node.</summary>
[Trait("Category", "Slow")]
public sealed class CliCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Version_and_help_exit_with_0()
    {
        var version = await RunAsync("--version");
        Assert.Equal((0, NodeInstance.Version), (version.ExitCode, version.Output.Trim()));
        var help = await RunAsync("--help");
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.All(new[] { "run", "check-config", "demo", "doctor", "status", "block", "peers", "pki", "simulate" }, command => Assert.Contains($"  {command}", help.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wrong_usage_exits_with_2_and_prints_one_line_for_each_error()
    {
        var unknown = await RunAsync("frobnicate");
        Assert.Equal((2, ""), (unknown.ExitCode, unknown.Output));
        Assert.Contains("frobnicate", Assert.Single(unknown.ErrorLines), StringComparison.Ordinal);
        var block = await RunAsync("block", "nonsense");
        Assert.Equal((2, "nonsense is not an address or a network; write it as 192.0.2.10, 192.0.2.0/24 or 2001:db8::/32; see --help"), (block.ExitCode, Assert.Single(block.ErrorLines)));
        Assert.Equal(2, (await RunAsync("doctor", "not a domain")).ExitCode);
        Assert.Equal(2, (await RunAsync("doctor")).ExitCode);
    }

    [Fact]
    public async Task Check_config_prints_every_error_and_exits_with_2_or_0_if_there_is_none()
    {
        var good = await RunAsync("check-config", "--set", "Node:Name=fine");
        Assert.Equal((0, "configuration is good", ""), (good.ExitCode, good.Output.Trim(), good.Error));
        var bad = await RunAsync("check-config", "--set", "Smtp:MaxErrors=0", "--set", "Smtp:Nonsense=1");
        Assert.Equal((2, "", 2), (bad.ExitCode, bad.Output, bad.ErrorLines.Count));
    }

    [Fact]
    public async Task With_a_wrong_configuration_run_exits_with_2_and_starts_nothing()
    {
        var run = await RunAsync("run", "--set", "Smtp:MaxErrors=0", "--set", "Smtp:Listen=127.0.0.1:0");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("Smtp:MaxErrors:", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Asking_a_node_that_is_down_exits_with_1_and_prints_one_line()
    {
        using var nobody = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var status = await RunAsync("status", "--set", $"Admin:Listen={nobody.LocalEndPoint}");
        Assert.Equal(1, status.ExitCode);
        Assert.StartsWith($"no node answers at {nobody.LocalEndPoint}", Assert.Single(status.ErrorLines), StringComparison.Ordinal);
        var nowhere = await RunAsync("status", "--set", "Admin:Listen=");
        Assert.Equal(2, nowhere.ExitCode);
    }

    [Fact]
    public async Task Doctor_exits_with_0_for_a_right_domain_and_1_for_a_wrong_one()
    {
        var port = Ports.Free();
        await using var relay = new ScriptedHop(new IPEndPoint(Loopback.Next(), port));
        await using var server = new ScriptedHop(new IPEndPoint(Loopback.Next(), port));
        var zone = new StaticZone(
            "",
            new MxRecord("right.test", 60, 0, "throttle-mx.test"),
            new MxRecord("right.test", 60, 10, "mail.right.test"),
            new MxRecord("xn--bcher-kva.test", 60, 10, "mail.right.test"),
            new MxRecord("wrong.test", 60, 10, "mail.right.test"),
            new AddressRecord("throttle-mx.test", 60, relay.EndPoint.Address),
            new AddressRecord("mail.right.test", 60, server.EndPoint.Address));
        await using var dns = DnsListener.Start(new IPEndPoint(IPAddress.Loopback, 0), zone.Answer);
        string[] settings = ["--set", $"Dns:Servers={dns.EndPoint}", "--set", $"Relay:Port={port}", "--set", "Relay:AllowPrivateDestinations=true"];
        var right = await RunAsync(["doctor", "Right.Test.", .. settings]);
        Assert.Equal((0, ""), (right.ExitCode, right.Error));
        Assert.StartsWith("right.test\n\nMX records\n  pass  MX 0 throttle-mx.test: the magic MX of this network\n", right.Output, StringComparison.Ordinal);
        Assert.Contains("\nThis node\n  pass  answers RCPT TO:<postmaster@right.test> with: 250 ", right.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n        -> \S", right.Output);
        Assert.Matches(@"\n\nwarn: \d+ passed, \d+ to look at, 0 failed, \d+ not checked\n$", right.Output);
        Assert.DoesNotContain('\u001b', right.Output);

        var planned = await RunAsync(["doctor", "bücher.test", "--as-if", "throttle-mx.test", .. settings]);
        Assert.Equal((0, ""), (planned.ExitCode, planned.Error));
        Assert.StartsWith("xn--bcher-kva.test, as if it had published MX 0 throttle-mx.test.\n", planned.Output, StringComparison.Ordinal);

        var wrong = await RunAsync(["doctor", "wrong.test", "--json", .. settings]);
        Assert.Equal((1, ""), (wrong.ExitCode, wrong.Error));
        using var json = JsonDocument.Parse(wrong.Output);
        Assert.False(json.RootElement.GetProperty("healthy").GetBoolean());
        Assert.Equal("fail", json.RootElement.GetProperty("level").GetString());
        Assert.StartsWith("550 5.7.1 ", json.RootElement.GetProperty("nodeReply").GetString(), StringComparison.Ordinal);
        var magic = json.RootElement.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("check").GetString() == "magic");
        Assert.Equal(("fail", "MX records"), (magic.GetProperty("level").GetString(), magic.GetProperty("group").GetString()));
        Assert.Contains("MX 0 throttle-mx.test", magic.GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("--timeout", "0")]
    [InlineData("--timeout", "601")]
    [InlineData("--timeout", "soon")]
    [InlineData("--as-if", "no name")]
    public async Task Doctor_refuses_options_that_make_no_sense(string option, string value)
    {
        var result = await RunAsync("doctor", "example.com", option, value);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(value, result.ErrorLines[0], StringComparison.Ordinal);
    }

    private Task<ProcessResult> RunAsync(params string[] arguments) => CliNode.CommandAsync(_folder.Path, arguments);
}
