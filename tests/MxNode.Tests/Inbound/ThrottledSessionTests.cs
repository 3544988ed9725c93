using System.Globalization;
using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Inbound.Hooks;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The effect of the throttle's verdicts on a session.</summary>
public sealed class ThrottledSessionTests
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private static readonly ThrottleOptions Limits = new() { Hold = Hold, MaxEnvelopes = 1024, MaxRows = 10_000 };

    [Fact]
    public async Task Over_the_soft_limit_replies_are_delayed_by_the_verdicts_total_and_by_at_most_20_s_each()
    {
        await using var rig = await StartAsync();

        // The tenth recipient of a burst is just under the limit: nine were counted before it.
        await CountAsync(rig, 9);
        var before = rig.Clock.GetUtcNow();
        var expected = Delay(9 / 10.0);
        var (answers, waits) = await DeliverSlowlyAsync(rig);
        Assert.All(answers, answer => Assert.True(answer[0] is '2' or '3', answer));
        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.Zero, SlowAnswers.MaxWait));
        Assert.Equal(Math.Min(expected.TotalSeconds, 60), waits.Aggregate(TimeSpan.Zero, (a, b) => a + b).TotalSeconds, 0.5);
        Assert.Equal(rig.Clock.GetUtcNow() - before, waits.Aggregate(TimeSpan.Zero, (a, b) => a + b));
        Assert.Single(rig.Hop.Messages);
        Assert.Contains("slow (OverSoftLimit)", (await rig.SessionsAsync(2))[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_at_a_persons_rate_waits_for_the_hold_only()
    {
        await using var rig = await StartAsync();
        var (answers, waits) = await DeliverSlowlyAsync(rig);
        Assert.StartsWith("250", answers[^1], StringComparison.Ordinal);
        Assert.Equal([Hold], waits);
    }

    [Fact]
    public async Task Over_the_hard_limit_is_451_with_the_minutes_until_a_retry_passes()
    {
        await using var rig = await StartAsync();
        await CountAsync(rig, 12);
        var (answers, _) = await DeliverSlowlyAsync(rig);
        Assert.Matches(@"^451 4\.7\.1 throttle-mx\.test limits mail by sending host: the limit for an hour is reached by 127\.0\.0\.1, try again in (\d+ minutes|1 minute) \(session [0-9a-f]+\)$", answers[^1]);
        Assert.Equal(0, rig.Hop.Connections);

        var minutes = int.Parse(Regex.Match(answers[^1], @"(\d+) minute").Groups[1].Value, CultureInfo.InvariantCulture);
        rig.Clock.Advance(TimeSpan.FromMinutes(minutes));
        (answers, _) = await DeliverSlowlyAsync(rig);
        Assert.StartsWith("250", answers[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recipients_deferred_among_accepted_ones_keep_their_order_and_the_others_get_the_message()
    {
        await using var rig = await StartAsync();
        await CountAsync(rig, 8);
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync("MAIL FROM:<a@client.test>\r\n" + string.Concat(Enumerable.Range(0, 4).Select(i => $"RCPT TO:<r{i}@example.com>\r\n")));
        await client.TalkAsync("<250");
        string[] expected = ["250", "250", "451 4.7.1", "451 4.7.1"];
        foreach (var start in expected)
        {
            Assert.StartsWith(start, await WithTimeAsync(rig, client.ReplyAsync()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Over_the_hard_limit_mail_to_postmaster_is_slowed_not_deferred()
    {
        await using var rig = await StartAsync();
        await CountAsync(rig, 12);
        var (answers, waits) = await DeliverSlowlyAsync(rig, "Postmaster@example.com");
        Assert.StartsWith("250", answers[^1], StringComparison.Ordinal);
        Assert.Equal(60, waits.Aggregate(TimeSpan.Zero, (a, b) => a + b).TotalSeconds, 0.5);
    }

    [Fact]
    public async Task A_trusted_host_is_neither_counted_nor_held()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Throttle = Limits, Trust = c.Trust with { Entries = ["127.0.0.9"] } });
        for (var i = 0; i < 30; i++)
        {
            Assert.StartsWith("250", await (await rig.ConnectAsync("127.0.0.9")).DeliverAsync("hello"), StringComparison.Ordinal);
        }

        Assert.Equal(30, rig.Hop.Messages.Count);
    }

    [Fact]
    public async Task A_senders_own_retries_do_not_keep_it_deferred()
    {
        await using var rig = await StartAsync();
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT TO:<full", StringComparison.Ordinal) ? HopAction.Say("452 4.2.2 full") : null;
        for (var i = 0; i < 30; i++)
        {
            var (answers, _) = await DeliverSlowlyAsync(rig, "full@example.com");
            Assert.StartsWith("452 4.2.2", answers[^1], StringComparison.Ordinal);
            rig.Clock.Advance(TimeSpan.FromSeconds(65));
        }
    }

    [Fact]
    public async Task New_envelopes_at_the_same_rate_are_deferred()
    {
        await using var rig = await StartAsync();
        var answer = "";
        for (var i = 0; i < 30; i++)
        {
            var (answers, _) = await DeliverSlowlyAsync(rig, $"r{i}@example.com");
            answer = answers[^1];
            rig.Clock.Advance(TimeSpan.FromSeconds(65));
        }

        Assert.StartsWith("451 4.7.1", answer, StringComparison.Ordinal);
    }

    // x = 0.25 to 1 of the limit: hold + (90 s - hold)·((x - 0.25)/0.75)², as docs/counts has it.
    private static TimeSpan Delay(double load)
    {
        var share = (load - 0.25) / 0.75;
        return Hold + ((Limits.MaxDelay - Hold) * share * share);
    }

    // The next hop's timeouts are longer than any delay of the throttle, because the tests recognise timers by their length.
    private static Task<InboundRig> StartAsync() => InboundRig.StartAsync(c => c with
    {
        Throttle = Limits,
        Relay = c.Relay with { ConnectTimeout = Long, HelloTimeout = Long, SessionTimeout = Long, SessionWait = Long, IdleTimeout = Long },
    });

    // Recipients that are not relayed are counted but not held.
    private static async Task CountAsync(InboundRig rig, int recipients)
    {
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync("MAIL FROM:<a@client.test>\r\n" + string.Concat(Enumerable.Range(0, recipients).Select(i => $"RCPT TO:<r{i}@foreign.test>\r\n")) + "QUIT\r\n");
        await client.TalkAsync(["<250", .. Enumerable.Repeat("<550", recipients), "<221"]);
        await client.DisposeAsync();
    }

    private static async Task<(List<string> Answers, List<TimeSpan> Waits)> DeliverSlowlyAsync(InboundRig rig, string recipient = "bob@example.com")
    {
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220");
        var (answers, waits) = (new List<string>(), new List<TimeSpan>());
        foreach (var step in new[] { "EHLO client.test", "MAIL FROM:<alice@client.test>", $"RCPT TO:<{recipient}>", "DATA", "hello\r\n." })
        {
            var from = rig.Clock.GetUtcNow();
            await client.SendAsync(step + "\r\n");
            answers.Add(await WithTimeAsync(rig, client.ReplyAsync()));
            if (rig.Clock.GetUtcNow() - from is var wait && wait > TimeSpan.Zero)
            {
                waits.Add(wait);
            }

            if (answers[^1][0] is not ('2' or '3'))
            {
                break;
            }
        }

        await client.TalkAsync(">QUIT", "<221");
        return (answers, waits);
    }

    // Advances the clock by exactly the node's delay. Delays are under a minute, idle times over a minute.
    private static async Task<string> WithTimeAsync(InboundRig rig, Task<string> reply)
    {
        while (!reply.IsCompleted)
        {
            var length = TimeSpan.Zero;
            var waits = rig.Clock.UntilSetAsync(l => l > TimeSpan.Zero && l <= SlowAnswers.MaxWait && (length = l) > TimeSpan.Zero);
            if (await Task.WhenAny(reply, waits) == waits)
            {
                rig.Clock.Advance(length);
            }
        }

        return await reply;
    }
}
