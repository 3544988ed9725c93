using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Tls;
using Xunit.Abstractions;

namespace ThrottleNet.Real.Tests.Doctor;

/// <summary>
/// The doctor against domains whose DANE records or MTA-STS policies are each wrong in one way, compared with what a relay, and a sending Postfix with DANE and
/// a policy plugin, really do with them.
/// </summary>
public sealed class PolicyZonesTests(ITestOutputHelper output)
{
    // Events of the relay's log: a policy was fetched, or could not be.
    private const int Fetched = 3200, NotFetched = 3201;

    private static readonly string[] Checks = ["dane", "mta-sts", "mta-sts-certificate"];

    private static readonly string[] Levels = ["fail", "warn", "pass"];

    private static readonly PolicyZone[] Zones =
    [
        new("good.secure.test", null, "pass", "dane", "250", "relayed"),
        new("authority.secure.test", null, "pass", "dane", "250", "relayed"),
        new("none.secure.test", null, "pass", "dane", "250", "relayed"),
        new("wrong.secure.test", null, "fail", "dane", "451 4.7.5", "deferred"),
        new("bogus.secure.test", null, "warn", "dane", "451 4.4.3", "deferred"),
        new("unusable.secure.test", null, "warn", "dane", "250", "relayed"),
        new("relaywrong.secure.test", null, "fail", "dane", "250", "direct"),
        new("plain.test", null, "warn", "dane", "250", "relayed"),
        new("listed.test", $"enforce {PolicyWorld.Relay} {PolicyWorld.Mx}", "pass", "mta-sts", "250", "relayed"),
        new("nomagic.test", $"enforce {PolicyWorld.Mx}", "fail", "mta-sts", "250", "direct"),
        new("noreal.test", $"enforce {PolicyWorld.Relay}", "fail", "mta-sts", "451 4.7.5", "deferred"),
        new("badcert.test", $"enforce {PolicyWorld.Relay} mail.badcert.test", "fail", "mta-sts-certificate", "451 4.7.5", "deferred"),
        new("testing.test", $"testing {PolicyWorld.Mx}", "warn", "mta-sts", "250", "relayed"),
        new("modenone.test", "none", "pass", "mta-sts", "250", "relayed"),
        new("unreachable.test", null, "warn", "mta-sts", "250", "relayed"),
        new("badrecord.test", $"enforce {PolicyWorld.Mx}", "warn", "mta-sts", "250", "relayed"),
    ];

    [NeedsFact("root", "postfix", NameServer.Authority, NameServer.Resolver, "ip", SignedZone.KeyMaker, SignedZone.Signer, "swaks", WebServer.Program)]
    public async Task The_doctor_agrees_with_the_relay_and_Postfix()
    {
        await using var world = await PolicyWorld.StartAsync();
        foreach (var zone in Zones.Where(zone => zone.Text is not null))
        {
            world.Publish(zone.Text!, zone.Domain);
        }

        // A domain whose record is in error has no policy, for the plugin as for anybody.
        var policies = Zones.Where(zone => zone.Domain != "badrecord.test").ToDictionary(zone => zone.Domain, zone => zone.Text);
        await using var plugin = new PolicyPlugin(world.File("plugin.sock"), domain => policies.GetValueOrDefault(domain));
        await using var sender = await PostfixInstance.StartSenderAsync(
            world.SenderHost, "sender.people.test", ["smtp_tls_security_level = dane", "smtp_dns_support_level = dnssec", .. plugin.SettingsOf(world.File("root.pem"))]);

        // The first message to a domain may go before its policy is fetched.
        foreach (var zone in Zones.Where(zone => zone is { Check: "mta-sts" or "mta-sts-certificate", Domain: not "badrecord.test" }))
        {
            await world.SendAsync(zone.Domain);
            await world.Node.LogLineAsync($"the fetch for {zone.Domain}", line => line.EventId is Fetched or NotFetched && line.Text.Contains(zone.Domain, StringComparison.Ordinal));
        }

        foreach (var zone in Zones)
        {
            await sender.SubmitAsync("friend@people.test", $"someone@{zone.Domain}", "Subject: hello\n\nhello\n");
        }

        var faults = new List<string>();
        foreach (var zone in Zones)
        {
            faults.AddRange(await CompareAsync(world, sender, zone));
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        await world.Node.StopAsync();
    }

    private async Task<IReadOnlyList<string>> CompareAsync(PolicyWorld world, PostfixInstance sender, PolicyZone zone)
    {
        var findings = (await world.ExamineAsync(zone.Domain)).GetProperty("findings").EnumerateArray()
            .Select(f => (Level: f.GetProperty("level").GetString()!, Check: f.GetProperty("check").GetString()!, Text: f.GetProperty("text").GetString()))
            .Where(f => Checks.Contains(f.Check)).OrderBy(f => Array.IndexOf(Levels, f.Level)).ToList();
        var reply = await world.SendAsync(zone.Domain);
        var outcome = await OutcomeAsync(sender, zone.Domain);
        output.WriteLine($"{zone.Domain}: doctor {findings[0]}; relay {reply}; Postfix {outcome}");
        var faults = new List<string>();
        Check(findings[0].Level == zone.Level && findings.Exists(f => f.Level == zone.Level && f.Check == zone.Check), $"the doctor says {string.Join(", ", findings)}");
        Check(reply.StartsWith(zone.Reply, StringComparison.Ordinal), $"the relay answers {reply}");
        Check(outcome == zone.Outcome, $"Postfix: {outcome}");

        // Whatever the row says: mail that does not come by the relays was foreseen.
        Check(outcome == "relayed" || findings[0].Level != "pass", $"the mail is {outcome}, and the doctor warns of nothing");
        return faults;

        void Check(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add($"{zone.Domain}: {fault}");
            }
        }
    }

    // What Postfix's log says of the first attempt.
    private static async Task<string> OutcomeAsync(PostfixInstance sender, string domain)
    {
        var line = await sender.LogLineAsync($"an attempt for {domain}", l => l.Contains($"to=<someone@{domain}>", StringComparison.Ordinal) && l.Contains(" status=", StringComparison.Ordinal));
        return !line.Contains(" status=sent ", StringComparison.Ordinal) ? line.Split(" status=")[1].Split(' ')[0] : line.Contains("throttle-mx", StringComparison.Ordinal) ? "relayed" : "direct";
    }
}
