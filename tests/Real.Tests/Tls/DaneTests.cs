using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Tls;

/// <summary>DANE towards the real MX (RFC 7672): a zone signed by ldns, validated by unbound, and a Postfix with a certificate.</summary>
public sealed class DaneTests
{
    [NeedsFact("root", "postfix", NameServer.Authority, NameServer.Resolver, "ip", SignedZone.KeyMaker, SignedZone.Signer, "swaks", WebServer.Program)]
    public async Task The_TLSA_records_of_a_signed_zone_decide_and_those_of_an_unsigned_one_do_not()
    {
        await using var world = await PolicyWorld.StartAsync();
        var sessions = 0;
        foreach (var (domain, reply, demanded, reached) in new[]
        {
            ("good.secure.test", "250", "dane", "dane"),
            ("authority.secure.test", "250", "dane", "dane"),
            ("wrong.secure.test", "451 4.7.5", "dane", "none"),
            ("bogus.secure.test", "451 4.4.3", "refused", "none"),
            ("none.secure.test", "250", "none", "encrypted"),
            ("plain.test", "250", "none", "encrypted"),
        })
        {
            Assert.StartsWith(reply, await world.SendAsync(domain), StringComparison.Ordinal);
            Assert.Equal((domain, demanded, reached), (domain, (await world.LastTlsAsync(++sessions)).Demanded, (await world.LastTlsAsync(sessions)).Reached));
        }

        await Eventually.HoldsAsync("the deliveries", () => world.Destination.Mailbox().Count == 4);

        // The MX gets another certificate before its records are changed: its mail waits.
        await world.UseCertificateAsync("self");
        Assert.StartsWith("451 4.7.5", await world.SendAsync("good.secure.test"), StringComparison.Ordinal);
        Assert.StartsWith("250", await world.SendAsync("wrong.secure.test"), StringComparison.Ordinal);
        await world.Node.StopAsync();
    }

    [NeedsFact("root", "postfix", NameServer.Authority, NameServer.Resolver, "ip", SignedZone.KeyMaker, SignedZone.Signer, "swaks", WebServer.Program)]
    public async Task Without_the_word_of_the_resolver_no_TLSA_record_counts()
    {
        await using var world = await PolicyWorld.StartAsync("Dns:TrustAd=false");
        Assert.StartsWith("250", await world.SendAsync("wrong.secure.test"), StringComparison.Ordinal);
        Assert.Equal(("none", "encrypted"), await world.LastTlsAsync(1));
        await world.Node.StopAsync();
    }
}
