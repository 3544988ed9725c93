using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Tls;

/// <summary>Senders that demand TLS of the relay: Postfix with DANE, posttls-finger.</summary>
public sealed class SenderTlsTests
{
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
}
