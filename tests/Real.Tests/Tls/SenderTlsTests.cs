using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Tls;

/// <summary>Senders that demand TLS of the relay: Postfix with DANE, Postfix with a policy plugin for MTA-STS, posttls-finger.</summary>
public sealed class SenderTlsTests
{
    private const string Domain = "policy.test";

    [NeedsFact("root", "postfix", "posttls-finger", NameServer.Authority, NameServer.Resolver, "ip", SignedZone.KeyMaker, SignedZone.Signer, "swaks", WebServer.Program)]
    public async Task A_Postfix_with_DANE_verifies_the_relay_by_the_magic_names_TLSA_record()
    {
        await using var world = await PolicyWorld.StartAsync();
        await using var sender = await PostfixInstance.StartSenderAsync(
            world.SenderHost, "sender.people.test", "smtp_tls_security_level = dane", "smtp_dns_support_level = dnssec", "smtp_tls_loglevel = 1");
        await sender.SubmitAsync("friend@people.test", "someone@good.secure.test", "Subject: hello\n\nhello\n");
        await sender.LogLineAsync("the delivery", line => line.Contains("status=sent", StringComparison.Ordinal));
        Assert.Contains(sender.Log, line => line.Contains($"Verified TLS connection established to {PolicyWorld.Relay}", StringComparison.Ordinal));
        await Eventually.HoldsAsync("the delivery", () => world.Destination.Mailbox().Count == 1);
        Assert.Equal(("dane", "dane"), await world.LastTlsAsync(1));

        var finger = (await Tool.RunAsync("posttls-finger", ["-c", "-l", "dane", "-L", "summary,certmatch", "good.secure.test"], host: world.SenderHost)).Expect(0);
        Assert.Contains("Verified TLS connection established to", finger.Output + finger.Error, StringComparison.Ordinal);
        await world.Node.StopAsync();
    }

    [NeedsFact("root", "postfix", NameServer.Authority, NameServer.Resolver, "ip", SignedZone.KeyMaker, SignedZone.Signer, "swaks", WebServer.Program)]
    public async Task A_Postfix_with_a_policy_plugin_delivers_where_the_policy_lists_the_magic_name_and_the_certificate_fits()
    {
        await using var world = await PolicyWorld.StartAsync("Dns:TrustAd=false");
        var policy = "";
        await using var plugin = new PolicyPlugin(world.File("plugin.sock"), domain => domain == Domain ? policy : null);
        await using var sender = await PostfixInstance.StartSenderAsync(world.SenderHost, "sender.people.test", ["smtp_tls_security_level = may", .. plugin.SettingsOf(world.File("root.pem"))]);

        // Right.
        Publish(PolicyWorld.Relay, PolicyWorld.Mx);
        Assert.Equal(("sent", PolicyWorld.Relay), await SendAsync(1));
        Assert.Contains(sender.Log, line => line.Contains($"Verified TLS connection established to {PolicyWorld.Relay}", StringComparison.Ordinal));
        Assert.Equal(("mta-sts", "trusted"), await world.LastTlsAsync(1));
        Assert.Contains(Domain, plugin.Asked);

        // Without the magic name the sender passes the relay by.
        Publish(PolicyWorld.Mx);
        Assert.Equal(("sent", PolicyWorld.Mx), await SendAsync(2));
        Assert.Contains(sender.Log, line => line.Contains("Server certificate not verified", StringComparison.Ordinal));

        // With neither name, and with the relay's only while its certificate is nobody's, the mail waits.
        Publish("other.test");
        Assert.Equal("deferred", (await SendAsync(3)).Outcome);
        Publish(PolicyWorld.Relay);
        await world.UseRelayCertificateAsync("self");
        Assert.Equal("deferred", (await SendAsync(4)).Outcome);
        Assert.Equal(2, (await sender.QueueAsync()).Count);

        // The operators give the relay its certificate back.
        await world.UseRelayCertificateAsync("relay");
        Publish(PolicyWorld.Relay, PolicyWorld.Mx);
        await sender.FlushAsync();
        await Eventually.HoldsAsync("the empty queue", async () => (await sender.QueueAsync()).Count == 0);
        await Eventually.HoldsAsync("the deliveries", () => world.Destination.Mailbox().Count == 4);
        await world.Node.StopAsync();

        void Publish(params string[] exchanges)
        {
            policy = $"version: STSv1\nmode: enforce\n{string.Concat(exchanges.Select(mx => $"mx: {mx}\n"))}max_age: 604800\n";
            if (exchanges.Length == 2)
            {
                world.Publish(policy); // the relay follows this one all the time
            }
        }

        async Task<(string Outcome, string NextHop)> SendAsync(int number)
        {
            await sender.SubmitAsync("friend@people.test", $"someone{number}@{Domain}", "Subject: hello\n\nhello\n");
            var line = await sender.LogLineAsync("an attempt", l => l.Contains($"to=<someone{number}@{Domain}>", StringComparison.Ordinal) && l.Contains(" status=", StringComparison.Ordinal));
            return (line.Split(" status=")[1].Split(' ')[0], line.Split(" relay=")[1].Split('[')[0]);
        }
    }
}
