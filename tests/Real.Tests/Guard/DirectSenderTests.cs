using System.Net;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Senders;

namespace ThrottleNet.Real.Tests.Guard;

/// <summary>Trusted senders' mail servers with their default configuration and the recipe of docs/other-mail-servers.md: they ask the direct map, and deliver past the magic MX.</summary>
public sealed class DirectSenderTests
{
    private const string Names = """
        example MX 0 throttle-mx.relays
        example MX 10 mail.example
        throttle-mx.relays A 10.77.0.1
        mail.example A 10.77.0.2

        """;

    [NeedsFact("root", "ip", "postfix", "nsd", "unbound", "smtp-sink", "nc", EximSender.Program)]
    public Task Exim_sends_directly_to_the_real_MX() => SendAsync(host => EximSender.StartAsync(host, Recipes.Block("direct:\n")));

    [NeedsFact("root", "ip", "postfix", "nsd", "unbound", "smtp-sink", "nc", SendmailProgram.Name, SendmailSender.Macros)]
    public Task Sendmail_sends_directly_to_the_real_MX() => SendAsync(host => SendmailSender.StartAsync(host, Recipes.Block("FEATURE(`mailertable'")));

    private static async Task SendAsync(Func<NetworkHost, Task<Sender>> start)
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var names = await NameServer.StartAsync(network, Names, "3.0 PTR sender.people.test.\n");
        using var folder = new TemporaryFolder();
        var relay = await network.AddAsync(IPAddress.Parse("10.77.0.1"));
        var host = await network.AddAsync(IPAddress.Parse("10.77.0.3"));
        var destinationHost = await network.AddAsync(IPAddress.Parse("10.77.0.2"));

        // What is sent to the magic MX ends here.
        await using var sink = Tool.Start("smtp-sink", ["-u", "nobody", "10.77.0.1:25", "100"], relay);
        await Eventually.HoldsAsync("the magic MX", async () => (await Tool.RunAsync("nc", ["-z", "10.77.0.1", "25"], host: host)).ExitCode == 0);
        await using var destination = await PostfixInstance.StartDestinationAsync(destinationHost, "mail.example.test", "someone@example.test", relay.Address);
        await using var node = await NodeProcess.StartAsync(folder, host, "Smtp:Listen=,", "Direct:Listen=127.0.0.1:10041");
        await using var sender = await start(host);
        await sender.SubmitAsync(["someone@example.test"]);
        await Eventually.HoldsAsync("the mail", () => destination.Mailbox().Count == 1);
        Assert.Contains(destination.Log, l => l.Contains("client=", StringComparison.Ordinal) && l.Contains("[10.77.0.3]", StringComparison.Ordinal));
        await node.StopAsync();
    }
}
