using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>A trusted sender's OpenSMTPD with the table that docs/other-mail-servers.md fills from the direct map.</summary>
public sealed class OpenSmtpdDirectTests
{
    private const string Names = """
        example MX 0 throttle-mx.relays
        example MX 10 mail.example
        throttle-mx.relays A 10.77.0.1
        mail.example A 10.77.0.2

        """;

    [NeedsFact("root", "ip", "postfix", "nsd", "unbound", "smtpd", "smtpctl", "nc", "swaks")]
    public async Task OpenSMTPD_sends_directly_to_the_real_MX()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var names = await NameServer.StartAsync(network, Names, "3.0 PTR lists.people.test.\n");
        using var folder = new TemporaryFolder();
        var sender = await network.AddAsync(IPAddress.Parse("10.77.0.3"));
        var destinationHost = await network.AddAsync(IPAddress.Parse("10.77.0.2"));
        await using var destination = await PostfixInstance.StartDestinationAsync(destinationHost, "mail.example.test", "someone@example.test", IPAddress.Parse("10.77.0.1"));
        await using var node = await NodeProcess.StartAsync(folder, sender, "Smtp:Listen=,", "Direct:Listen=127.0.0.1:10041");
        var table = folder.Write("direct", "example.test smtp://old.example.test\n");
        folder.Write("direct-domains", "example.test\n");
        var configuration = folder.Write("smtpd.conf", $"""
            listen on 127.0.0.1
            {InPlace(Recipes.Block("table direct file"), table)}
            action "relay" relay
            match from local for any action "relay"

            """);
        await using var server = OpenSmtpd.Start(folder, configuration, sender);
        await Eventually.HoldsAsync("OpenSMTPD", async () => server.HasExited
            ? throw new InvalidOperationException(string.Join('\n', server.Lines))
            : (await Tool.RunAsync("nc", ["-z", "127.0.0.1", "25"], host: sender)).ExitCode == 0);

        (await OpenSmtpd.RunAsync(folder, sender, "bash", "-c", InPlace(Recipes.Block("for domain in"), table).Replace("example.com plain.example", "example.test plain.test", StringComparison.Ordinal))).Expect(0);
        Assert.Equal("example.test smtp://mail.example.test\n", await File.ReadAllTextAsync(table));
        (await Tool.RunAsync("swaks", ["--server", "127.0.0.1", "--from", "list@people.test", "--to", "someone@example.test", "--timeout", "30s"], host: sender)).Expect(0);

        await Eventually.HoldsAsync("the mail", () => destination.Mailbox().Count == 1);
        Assert.Contains(server.Lines, l => l.Contains("10.77.0.2", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Lines, l => l.Contains("10.77.0.1", StringComparison.Ordinal));
        await node.StopAsync();
    }

    private static string InPlace(string recipe, string table) => recipe.Replace("/etc/smtpd/direct", table, StringComparison.Ordinal);
}
