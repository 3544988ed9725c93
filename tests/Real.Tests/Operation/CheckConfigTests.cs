using ThrottleNet.Real.Tests.Harness;

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
}
