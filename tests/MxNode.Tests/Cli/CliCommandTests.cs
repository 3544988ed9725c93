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
    public async Task Doctor_queries_the_DNS_and_exits_with_0_for_a_correct_zone_and_1_for_a_wrong_one()
    {
        var zone = new StaticZone(
            "",
            new MxRecord("right.test", 60, 0, "throttle-mx.test"),
            new MxRecord("right.test", 60, 10, "mail.right.test"),
            new MxRecord("xn--bcher-kva.test", 60, 0, "throttle-mx.test"),
            new MxRecord("xn--bcher-kva.test", 60, 10, "mail.right.test"),
            new MxRecord("wrong.test", 60, 10, "mail.right.test"),
            new AddressRecord("throttle-mx.test", 60, IPAddress.Parse("192.0.2.1")),
            new AddressRecord("mail.right.test", 60, IPAddress.Parse("8.8.8.8")));
        await using var dns = DnsListener.Start(new IPEndPoint(IPAddress.Loopback, 0), zone.Answer);
        var right = await RunAsync("doctor", "Right.Test.", "--set", $"Dns:Servers={dns.EndPoint}");
        Assert.Equal((0, ""), (right.ExitCode, right.Error));
        Assert.Contains("ok    this node takes its mail and passes it to mail.right.test:25", right.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("doctor", "bücher.test", "--set", $"Dns:Servers={dns.EndPoint}")).ExitCode);

        var wrong = await RunAsync("doctor", "wrong.test", "--json", "--set", $"Dns:Servers={dns.EndPoint}");
        Assert.Equal(1, wrong.ExitCode);
        using var json = JsonDocument.Parse(wrong.Output);
        Assert.False(json.RootElement.GetProperty("healthy").GetBoolean());
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private Task<ProcessResult> RunAsync(params string[] arguments) => CliNode.CommandAsync(_folder.Path, arguments);
}
