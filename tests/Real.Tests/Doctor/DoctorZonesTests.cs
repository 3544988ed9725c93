using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;
using Xunit.Abstractions;

namespace ThrottleNet.Real.Tests.Doctor;

/// <summary>The doctor against zones that are each wrong in one way, compared with what a relay, a guard and a sending Postfix really do with them.</summary>
public sealed class DoctorZonesTests(ITestOutputHelper output)
{
    private const string Magic = "MX 0 throttle-mx.relays", Mail = "MX 10 mail.hosts";

    private static readonly Zone[] Zones =
    [
        new("right", $"{Magic}; {Mail}", "warn", "tls", 250, "sent"),
        new("unknown", "", "fail", "lookup", 550, "bounced"),
        new("nomx", "A 45.77.0.2", "fail", "lookup", 550, "deferred"),
        new("nullmx", "MX 0 .", "fail", "null-mx", 556, "bounced"),
        new("mail.broken", "", "fail", "lookup", 451, "deferred"),
        new("notours", Mail, "fail", "magic", 550, "deferred"),
        new("onlymagic", Magic, "fail", "real", 550, "bounced"),
        new("equal", $"MX 10 throttle-mx.relays; {Mail}", "fail", "preference", 250, "sent"),
        new("second", $"MX 20 throttle-mx.relays; {Mail}", "fail", "preference", 250, "sent"),
        new("magicalias", $"MX 0 mx.magicalias; {Mail}", "fail", "alias", 451, "deferred"),
        new("realalias", $"{Magic}; MX 10 alias.hosts", "warn", "alias", 250, "sent"),
        new("literal", $"{Magic}; MX 10 45.77.0.2.", "fail", "address", 451, "deferred"),
        new("nohost", $"{Magic}; MX 10 nowhere.hosts", "fail", "address", 451, "deferred"),
        new("noaddress", $"{Magic}; MX 10 text.hosts", "fail", "address", 451, "deferred"),
        new("private", $"{Magic}; MX 10 inside.hosts", "fail", "address", 550, "bounced"),
        new("itself", $"{Magic}; MX 10 itself.hosts", "fail", "address", 550, "bounced"),
        new("closed", $"{Magic}; MX 10 closed.hosts", "fail", "port", 451, "deferred"),
        new("firstdown", $"{Magic}; MX 10 closed.hosts; MX 20 mail.hosts", "warn", "port", 250, "sent"),
        new("backupdown", $"{Magic}; {Mail}; MX 20 closed.hosts", "warn", "port", 250, "sent"),
        new("blocking", $"{Magic}; MX 10 blocking.hosts", "fail", "port", 451, "deferred"),
        new("refusing", $"{Magic}; MX 10 refusing.hosts", "fail", "answer", 500, "bounced"),
        new("deferring", $"{Magic}; MX 10 deferring.hosts", "warn", "answer", 450, "deferred"),
        new("noxclient", $"{Magic}; MX 10 plain.hosts", "warn", "xclient", 250, "sent"),
        new("networks", $"{Magic}; MX 5 throttle-mx.others; {Mail}", "warn", "networks", 250, "sent"),
        new("longttl", $"86400 {Magic}; 86400 {Mail}", "warn", "ttl", 250, "sent"),
        new("deadrelay", $"MX 0 dead.throttle-mx.relays; {Mail}", "fail", "port", 250, "deferred"),
        new("norelay", $"MX 0 none.throttle-mx.relays; {Mail}", "fail", "address", 250, "deferred"),
        new("spfmx", $"{Magic}; {Mail}; TXT \"v=spf1 mx -all\"", "warn", "spf", 250, "sent"),
    ];

    [NeedsFact(DoctorWorld.Root, DoctorWorld.Ip, DoctorWorld.Postfix, DoctorWorld.Sink, DoctorWorld.Client, DoctorWorld.Authority, DoctorWorld.Resolver, "nc")]
    public async Task The_doctor_agrees_with_the_relay_the_guard_and_Postfix()
    {
        await using var world = await DoctorWorld.StartAsync(
            string.Concat(Zones.Select(zone => zone.Lines)) + "mx.magicalias CNAME throttle-mx.relays\n", Zones.Select(zone => zone.Domain));
        foreach (var zone in Zones)
        {
            await world.SendingPostfix.SubmitAsync("ann@people.test", $"someone@{zone.Domain}", "Subject: hello\n\nhello\n");
        }

        // The machine has few cores.
        var faults = new List<string>();
        using var places = new SemaphoreSlim(4);
        await Task.WhenAll(Zones.Select(async zone =>
        {
            await places.WaitAsync();
            try
            {
                var wrong = await CompareAsync(world, zone);
                lock (faults)
                {
                    faults.AddRange(wrong);
                }
            }
            finally
            {
                places.Release();
            }
        }));
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        await ExpectGuardAsync(world);
    }

    private async Task<IReadOnlyList<string>> CompareAsync(DoctorWorld world, Zone zone)
    {
        var report = await world.ExamineAtRelayAsync(zone.Domain);
        var reply = await world.AskRelayAsync($"someone@{zone.Domain}");
        var outcome = await OutcomeAsync(world, zone);
        var level = report.GetProperty("level").GetString()!;
        var foreseen = report.GetProperty("nodeReply").GetString()!;
        output.WriteLine($"{zone.Name}: doctor {level}, foresees {DoctorWorld.StatusOf(foreseen)}; relay {reply}; Postfix {outcome}");
        var faults = new List<string>();
        Check(level == zone.Level, $"the doctor says {level}");
        Check(report.GetProperty("findings").EnumerateArray().Any(f => f.GetProperty("level").GetString() == zone.Level && f.GetProperty("check").GetString() == zone.Check), $"no {zone.Level} by {zone.Check}");
        Check(reply.StartsWith($"{zone.Reply}", StringComparison.Ordinal), $"the relay answers {reply}");
        Check(DoctorWorld.StatusOf(foreseen) == reply, $"the doctor foresees {foreseen}, and the relay answers {reply}");
        Check(outcome == zone.Outcome, $"Postfix: {outcome}");

        // Whatever the row says: mail that bounces was foreseen as a failure, and mail that does not arrive at once as a warning at least.
        Check(outcome != "bounced" || level == "fail", "mail bounces, and the doctor says no failure");
        Check(outcome == "sent" || level is "warn" or "fail", "mail does not arrive, and the doctor warns of nothing");
        return faults.Count == 0 ? faults : [$"{zone}", .. faults.Select(fault => "  " + fault), .. report.GetProperty("findings").EnumerateArray().Select(f => $"    {f.GetProperty("level")} {f.GetProperty("check")}: {f.GetProperty("text")}")];

        void Check(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }

    // What Postfix's log says of the first attempt.
    private static async Task<string> OutcomeAsync(DoctorWorld world, Zone zone)
    {
        var line = await world.SendingPostfix.LogLineAsync($"an attempt for {zone.Domain}", l => l.Contains($"to=<someone@{zone.Domain}>", StringComparison.Ordinal) && l.Contains(" status=", StringComparison.Ordinal));
        return line.Split(" status=")[1].Split(' ')[0];
    }

    private static async Task ExpectGuardAsync(DoctorWorld world)
    {
        Expect(await world.ExamineAtGuardAsync("right.test"), "pass", "answers", "knows");
        Expect(await world.ExamineAtStrangerAsync("right.test"), "pass", "deferral");

        // Before it publishes, a domain can check everything.
        Expect(await world.ExamineAtStrangerAsync("notours.test", "--as-if", "throttle-mx.relays.test"), "pass", "preference", "deferral");
        await world.Guard.StopAsync();
        Expect(await world.ExamineAtGuardAsync("right.test"), "fail", "answers");
    }

    private static void Expect(JsonElement report, string level, params string[] checks)
    {
        var found = report.GetProperty("findings").EnumerateArray().Where(f => f.GetProperty("level").GetString() == level).Select(f => f.GetProperty("check").GetString()).ToList();
        Assert.All(checks, check => Assert.True(found.Contains(check), $"no {level} by {check} in {report}"));
    }
}
