using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>A trusted sender's OpenSMTPD with the table that docs/other-mail-servers.md fills from the direct map.</summary>
public sealed class OpenSmtpdDirectTests
{
    [NeedsFact(DirectWorld.Root, DirectWorld.Ip, DirectWorld.Postfix, DirectWorld.Authority, DirectWorld.Resolver, DirectWorld.Sink, DirectWorld.Netcat, "smtpd", "smtpctl", "swaks")]
    public async Task OpenSMTPD_sends_directly_to_the_real_MX()
    {
        await using var world = await DirectWorld.StartAsync();
        using var folder = new TemporaryFolder();
        var table = folder.Write("direct", "example.test smtp://old.example.test\n");
        folder.Write("direct-domains", "example.test\n");
        var configuration = folder.Write("smtpd.conf", $"""
            listen on 127.0.0.1
            {InPlace(Recipes.Block("table direct file"), table)}
            action "relay" relay
            match from local for any action "relay"

            """);
        await using var server = OpenSmtpd.Start(folder, configuration, world.Host);
        await Eventually.HoldsAsync("OpenSMTPD", async () => server.HasExited
            ? throw new InvalidOperationException(string.Join('\n', server.Lines))
            : (await Tool.RunAsync("nc", ["-z", "127.0.0.1", "25"], host: world.Host)).ExitCode == 0);

        (await OpenSmtpd.RunAsync(folder, world.Host, "bash", "-c", InPlace(Recipes.Block("for domain in"), table).Replace("example.com plain.example", "example.test plain.test", StringComparison.Ordinal))).Expect(0);
        Assert.Equal("example.test smtp://mail.example.test\n", await File.ReadAllTextAsync(table));
        (await Tool.RunAsync("swaks", ["--server", "127.0.0.1", "--from", "list@people.test", "--to", DirectWorld.User, "--timeout", "30s"], host: world.Host)).Expect(0);

        await world.ArrivedAsync();
        Assert.Contains(server.Lines, l => l.Contains("10.77.0.2", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Lines, l => l.Contains("10.77.0.1", StringComparison.Ordinal));
        await world.Node.StopAsync();
    }

    private static string InPlace(string recipe, string table) => recipe.Replace("/etc/smtpd/direct", table, StringComparison.Ordinal);
}
