using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Walk;

/// <summary>
/// A domain leaves the network as docs/domain-owner.md says ("If you leave"): the magic MX is taken out of the DNS. Senders with old records hear what the
/// document says, and no mail is lost.
/// </summary>
public sealed class LeavingTests
{
    private const string Relay = "throttle-mx.relays.test", Mail = "mail.example.test";

    // The domain has lowered the TTL already.
    private const string Names = """
        example 1 MX 0 throttle-mx.relays
        example 1 MX 10 mail.example
        throttle-mx.relays A 10.77.0.1
        mail.example A 10.77.0.2

        """;

    private static readonly IPAddress RelayAddress = IPAddress.Parse("10.77.0.1");

    [NeedsFact("root", "ip", "postfix", "swaks", NameServer.Authority, NameServer.Resolver, MovedClock.Program)]
    public async Task Senders_with_old_records_lose_no_mail()
    {
        await using var network = await TestNetwork.CreateAsync();
        using var folder = new TemporaryFolder();
        var relayHost = await network.AddAsync(RelayAddress);
        var mailHost = await network.AddAsync(IPAddress.Parse("10.77.0.2"));
        var newHost = await network.AddAsync(IPAddress.Parse("10.77.0.4"));
        var oldHost = await network.AddAsync(IPAddress.Parse("10.77.0.3"));
        await using var names = await NameServer.StartAsync(network, Names, "");
        string[] settings = [$"Smtp:Listen:0={RelayAddress}:25", "Relay:AllowPrivateDestinations=true"];
        await using var relay = await NodeProcess.StartAsync(folder, relayHost, settings);
        await using var destination = await PostfixInstance.StartDestinationAsync(mailHost, Mail, "@example.test", RelayAddress);

        // This sender's resolver keeps records for an hour, whatever their TTL.
        await using var resolver = Tool.Start("unbound", ["-d", "-c", folder.Write("unbound.conf", Resolver)], oldHost);
        await resolver.LineAsync("its start", l => l.Contains("start of service", StringComparison.Ordinal));
        oldHost = new NetworkHost(oldHost.Space, folder.Write("resolv.conf", "nameserver 127.0.0.1\n"), oldHost.Address);
        await using var oldSender = await PostfixInstance.StartSenderAsync(oldHost, "old.people.test");
        await using var newSender = await PostfixInstance.StartSenderAsync(newHost, "new.people.test");
        Assert.Equal(Relay, await SendAsync(oldSender, "before"));

        await names.ChangeAsync(line => line.StartsWith("example 1 MX 0 ", StringComparison.Ordinal) ? "" : line);
        await Eventually.HoldsAsync("451 4.4.4 from the relay", async () => (await AskAsync(newHost)).StartsWith("451 4.4.4", StringComparison.Ordinal));

        // The relay keeps nothing and refuses nothing for good, and the sender goes on to the real MX.
        Assert.Equal(Mail, await SendAsync(oldSender, "meanwhile"));
        Assert.Contains(oldSender.Log, line => line.Contains($"host {Relay}[{RelayAddress}] said: 451 4.4.4", StringComparison.Ordinal));
        Assert.Equal(Mail, await SendAsync(newSender, "after"));
        Assert.DoesNotContain(newSender.Log, line => line.Contains(Relay, StringComparison.Ordinal));
        await Eventually.HoldsAsync("three messages", () => destination.Mailbox().Count == 3);

        // Within four days, and after that.
        await relay.StopAsync();
        using var clock = new MovedClock();
        foreach (var (days, reply) in new[] { (3.9, "451 4.4.4"), (4.1, "550 5.7.1") })
        {
            clock.MoveTo(TimeSpan.FromDays(days));
            await using var later = await NodeProcess.StartUnderAsync(["env", .. clock.Variables], folder, relayHost, settings);
            Assert.StartsWith(reply, await AskAsync(newHost), StringComparison.Ordinal);
            await later.StopAsync();
        }
    }

    private static string Resolver => $"""
        server:
          interface: 127.0.0.1
          username: ""
          chroot: ""
          directory: ""
          pidfile: ""
          use-syslog: no
          verbosity: 1
          num-threads: 1
          module-config: "iterator"
          cache-min-ttl: 3600
          local-zone: "test." nodefault
          local-zone: "10.in-addr.arpa." nodefault
        forward-zone:
          name: "."
          forward-addr: {TestNetwork.ResolverAddress}
        remote-control:
          control-enable: no

        """;

    // The name of the host that a sender has delivered a message to.
    private static async Task<string> SendAsync(PostfixInstance sender, string user)
    {
        await sender.SubmitAsync("ann@people.test", $"{user}@example.test", "Subject: hello\n\nhello\n");
        var line = await sender.LogLineAsync($"the delivery to {user}", l => l.Contains($"to=<{user}@example.test>", StringComparison.Ordinal) && l.Contains(" status=sent ", StringComparison.Ordinal));
        return line.Split(" relay=")[1].Split('[')[0];
    }

    // The relay's reply to RCPT.
    private static async Task<string> AskAsync(NetworkHost host)
    {
        var said = (await Tool.RunAsync(
            "swaks", ["--server", RelayAddress.ToString(), "--from", "ann@people.test", "--to", "someone@example.test", "--timeout", "60s", "--hide-send", "--quit-after", "RCPT"], host: host)).Output;
        return said.Split('\n').Where(l => l.StartsWith('<') && !l.Contains(" 221 ", StringComparison.Ordinal)).Select(l => l[4..].Trim()).LastOrDefault("");
    }
}
