using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Tls;

/// <summary>MTA-STS towards the real MX (RFC 8461): a web server with a policy that is good, fails, changes, and is poisoned.</summary>
public sealed class MtaStsTests
{
    private const string Domain = "policy.test";

    private static string Policy(string mode, string mx = PolicyWorld.Mx) => $"version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: 604800\n";

    [NeedsFact("root", "postfix", NameServer.Authority, NameServer.Resolver, "ip", SignedZone.KeyMaker, SignedZone.Signer, "swaks", WebServer.Program)]
    public async Task A_policy_once_fetched_holds_whatever_the_web_server_does_until_a_good_one_replaces_it()
    {
        // DANE would come first.
        await using var world = await PolicyWorld.StartAsync("Dns:TrustAd=false");
        world.Publish(Policy("enforce"));
        var sessions = 0;
        await ExpectAsync("250", "mta-sts", "trusted");
        await ExpectAsync("250", "mta-sts", "trusted");
        Assert.Single(world.PolicyRequests);

        // The MX gets a certificate that nobody has issued.
        await world.UseCertificateAsync("self");
        await ExpectAsync("451 4.7.5", "mta-sts", "none");

        // The web server is down, and the DNS has another id: somebody may have forged it.
        await world.StopWebAsync();
        await world.PublishIdAsync(2);
        await RestartAsync();
        await ExpectAsync("451 4.7.5", "mta-sts", "none");
        await world.Node.LogLineAsync("the failed fetch", line => line.EventId == 3201 && line.Text.Contains("stays in force", StringComparison.Ordinal));

        // A web server with a certificate for another name, and with a poisoned policy, changes nothing either.
        world.Publish(Policy("none"));
        await world.StartWebAsync("self");
        await RestartAsync();
        await ExpectAsync("451 4.7.5", "mta-sts", "none");
        await world.Node.LogLineAsync("the failed fetch", line => line.EventId == 3201);
        await world.StopWebAsync();
        world.Publish("<html>mode: none</html>" + new string('x', 100_000));
        await world.StartWebAsync();
        await RestartAsync();
        await ExpectAsync("451 4.7.5", "mta-sts", "none");
        await world.Node.LogLineAsync("the failed fetch", line => line.EventId == 3201 && line.Text.Contains("longer than", StringComparison.Ordinal));

        // The owner mends it.
        world.Publish(Policy("testing"));
        await RestartAsync();
        await world.SendAsync(Domain);
        await world.Node.LogLineAsync("the new policy", line => line.EventId == 3200);
        sessions++;
        await ExpectAsync("250", "testing", "encrypted");
        world.Publish(Policy("enforce", "*.other.test"));
        await world.PublishIdAsync(3);
        await RestartAsync();
        await world.SendAsync(Domain);
        await world.Node.LogLineAsync("the new policy", line => line.EventId == 3200);
        sessions++;
        await ExpectAsync("451 4.7.5", "refused", "none");
        await world.Node.StopAsync();

        async Task ExpectAsync(string reply, string demanded, string reached)
        {
            Assert.StartsWith(reply, await world.SendAsync(Domain), StringComparison.Ordinal);
            Assert.Equal((demanded, reached), await world.LastTlsAsync(++sessions));
        }

        async Task RestartAsync()
        {
            await world.Node.StopAsync();
            await world.StartNodeAsync("Dns:TrustAd=false");
            sessions = 0;
        }
    }
}
