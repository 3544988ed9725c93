using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Spool;

/// <summary>A node with a spool that is killed again and again, and its destination with it.</summary>
public sealed partial class SpoolKillTests
{
    private const int Rounds = 8;
    private const int Senders = 16;
    private const int LargestBody = 100_000;

    // The queue uses half of Relay:MaxSessions; the verdict on each of these messages may be lost with the node.
    private const int DeliveriesAtATime = 10;

    [NeedsFact("root", "smtp-sink")]
    public async Task Each_message_answered_with_250_arrives_and_only_those_under_way_arrive_twice()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        string[] settings = [sink.Route("sink.test"), "Trust:Entries:0=127.0.0.1/32", "Spool:Enabled=true"];
        var promised = new ConcurrentBag<string>();
        for (var round = 0; round < Rounds; round++)
        {
            await using var node = await NodeProcess.StartAsync(folder, settings);
            var killAt = promised.Count + random.Next(100, 500);
            var senders = Enumerable.Range(0, Senders).Select(s => SendAsync(node, $"{round}-{s}", new Random(random.Next()), promised)).ToList();
            await Eventually.HoldsAsync($"some work to be done (seed {seed})", () => promised.Count >= killAt);
            if (round % 3 == 1)
            {
                await sink.RestartAsync();
            }

            await node.KillAsync();
            await Task.WhenAll(senders);
        }

        await using (var last = await NodeProcess.StartAsync(folder, settings))
        {
            await Eventually.HoldsAsync($"an empty queue (seed {seed})", async () =>
            {
                using var client = new HttpClient { BaseAddress = last.Admin };
                client.DefaultRequestHeaders.Add("ThrottleNet-Command", "1");
                await client.PostAsync(new Uri("api/queue/sink.test/retry", UriKind.Relative), null);
                return (await client.GetStringAsync(new Uri("api/queue", UriKind.Relative))).Contains("\"messages\": 0,", StringComparison.Ordinal);
            });
            await last.StopAsync();
        }

        var arrived = sink.Messages().Select(m => Id().Match(m).Groups[1].Value).ToList();
        Assert.True(!promised.Except(arrived).Any(), $"lost: {string.Join(' ', promised.Except(arrived))} (seed {seed})");
        Assert.InRange(arrived.Count - arrived.Distinct().Count(), 0, (Rounds + (Rounds / 3) + 1) * DeliveriesAtATime);
    }

    // Sends one message after the other until the node is down. Notes the messages answered with 250.
    private static async Task SendAsync(NodeProcess node, string sender, Random random, ConcurrentBag<string> promised)
    {
        await using var talk = await RawClient.ConnectAsync(node.Smtp);
        await talk.AnswerAsync();
        await talk.AskAsync("EHLO list.test");
        for (var number = 0; !node.HasExited; number++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{sender}-{number}");
            var body = string.Concat(Enumerable.Repeat("0123456789abcdef\r\n", random.Next(random.Next(10) == 0 ? LargestBody / 18 : 100)));
            await talk.AskAsync("MAIL FROM:<list@people.test>");
            await talk.AskAsync("RCPT TO:<someone@sink.test>");
            await talk.AskAsync("DATA");
            if (await talk.AskAsync($"Message-ID: <{id}@people.test>\r\n\r\n{body}.") is not { } answer)
            {
                return;
            }

            Assert.StartsWith("250 2.0.0 queued as ", answer, StringComparison.Ordinal);
            promised.Add(id);
        }
    }

    [GeneratedRegex("^Message-ID: <(.*)@people.test>$", RegexOptions.Multiline)]
    private static partial Regex Id();
}
