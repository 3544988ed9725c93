using System.Net;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Operation;

public sealed class CheckConfigTests
{
    [Fact]
    public async Task Every_error_is_reported_at_once_with_its_key()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("node.json", """
            {
              "Node": { "Name": "two words", "HostNme": "a.relays.test" },
              "Smtp": { "Listen": [ "nowhere" ], "GreetDelay": "long", "MaxMessageSize": 12, "Certificate": "/nowhere.pem" },
              "Throttle": { "Host": { "Soft": 30, "Hard": 20 } },
              "Trust": { "Entries": [ "192.0.2.300" ] },
              "Admin": { "Listen": "0.0.0.0:8025" },
              "Smpt": { }
            }
            """);

        foreach (var command in new[] { "check-config", "run" })
        {
            var result = await NodeProcess.CommandAsync(command, "--config", file, "--set", "Relay:Port=none");

            result.Expect(2);
            var errors = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            foreach (var key in new[] { "Node:Name", "Node:HostNme", "Smtp:Listen", "Smtp:GreetDelay", "Smtp:MaxMessageSize", "Smtp:Certificate", "Smtp:Key", "Throttle:Host:Soft", "Trust:Entries", "Admin:Listen", "Smpt", "Relay:Port" })
            {
                Assert.Contains(errors, e => e.StartsWith(key, StringComparison.Ordinal));
            }

            Assert.Contains("HostName", errors.Single(e => e.StartsWith("Node:HostNme", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.Contains("Smtp", errors.Single(e => e.StartsWith("Smpt", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_would_stop_a_start_is_found_before_it()
    {
        using var folder = new TemporaryFolder();
        var none = folder.Write("none.pem", "no certificate");
        string[] settings =
        [
            "Node:DataDirectory=/proc/nowhere", "Network:Names=mail.example.net", "Exchange:Listen=127.0.0.1:0", $"Exchange:Certificate={none}",
            $"Exchange:Key={none}", $"Exchange:Authority={none}",
        ];
        foreach (var command in new[] { "check-config", "run" })
        {
            var result = await NodeProcess.CommandAsync([command, .. settings.SelectMany(s => new[] { "--set", s })]);
            result.Expect(2);
            var errors = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(3, errors.Length);
            Assert.Contains(errors, e => e.StartsWith("Node:DataDirectory: /proc/nowhere cannot be used (/proc cannot be written)", StringComparison.Ordinal));
            Assert.Contains(errors, e => e.StartsWith("Network:Names:0: 'mail.example.net' has no label throttle-mx", StringComparison.Ordinal));
            Assert.Contains(errors, e => e.StartsWith($"Exchange:Certificate, Key or Authority: {none}: cannot be used", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_valid_configuration_is_reported_as_valid()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("node.json", """{ "Node": { "Name": "a" } }""");

        Assert.Contains("good", (await NodeProcess.CommandAsync("check-config", "--config", file)).Expect(0).Output, StringComparison.Ordinal);
    }

    [NeedsFact("root", "setpriv", "nft")]
    public async Task Without_CAP_NET_ADMIN_a_drop_set_is_refused_before_the_start_and_at_it()
    {
        using var folder = new TemporaryFolder();
        string[] settings = ["Guard:Listen=127.0.0.1:0", "Guard:DropSet=throttlenet_test", "Smtp:Listen=127.0.0.1:0", "Admin:Listen=", $"Node:DataDirectory={folder.File("data")}"];
        foreach (var (command, exitCode) in new[] { ("check-config", 2), ("run", 1) })
        {
            var result = await NodeProcess.CommandUnderAsync(["setpriv", "--bounding-set=-net_admin"], [command, .. settings.SelectMany(s => new[] { "--set", s })]);
            var error = Assert.Single(result.Expect(exitCode).ErrorLines);
            Assert.StartsWith("Guard:DropSet: the table inet throttlenet_test cannot be made (", error, StringComparison.Ordinal);
            Assert.EndsWith("); install nftables and give the node CAP_NET_ADMIN, or leave DropSet out", error, StringComparison.Ordinal);
        }
    }

    [NeedsFact("root", "ip", "nc", "nft")]
    public async Task A_guard_and_a_direct_map_of_the_documents_start_together_on_one_host()
    {
        await using var network = await TestNetwork.CreateAsync();
        var host = await network.AddAsync(IPAddress.Parse("10.77.0.30"));
        using var folder = new TemporaryFolder();
        (await NodeProcess.CommandAsync("pki", "init", "--network", "throttle-mx.example.net", "--out", folder.File("ca"))).Expect(0);
        (await NodeProcess.CommandAsync("pki", "issue", "--authority", folder.File("ca"), "--name", "guard", "--operator", "example", "--guard", "--out", folder.Path)).Expect(0);
        File.Copy(folder.File("ca/authority.pem"), folder.File("authority.pem"));
        await using var guard = await StartAsync("guard.json", "docs/domain-owner.md", "## Guard your mail server");
        await using var direct = await StartAsync("direct.json", "docs/trusted-sender.md", "## With Postfix: one line");
        foreach (var endPoint in new[] { "10040", "10041", "8035", "8045" })
        {
            (await Tool.RunAsync("nc", ["-z", "127.0.0.1", endPoint], host: host)).Expect(0);
        }

        Assert.Equal(0, await guard.StopAsync());
        Assert.Equal(0, await direct.StopAsync());

        async Task<RunningProcess> StartAsync(string name, string document, string heading)
        {
            folder.Write(name, Assert.Single(InstallDocument.Blocks(document, heading, "json")));
            string[] options = ["--config", name, "--set", $"Node:DataDirectory={folder.File(name + ".data")}"];
            var check = await Tool.RunAsync(NodeCommandLine.Command[0], [.. NodeCommandLine.Command.Skip(1), "check-config", .. options], host: host, workingFolder: folder.Path);
            Assert.Equal("configuration is good\n", check.Expect(0).Output);
            var node = Tool.Start(NodeCommandLine.Command[0], [.. NodeCommandLine.Command.Skip(1), "run", .. options], host, folder.Path);
            await node.LineAsync("its start", line => LogLine.Parse(line)?.EventId == 100);
            return node;
        }
    }
}
