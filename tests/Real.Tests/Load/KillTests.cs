using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Load;

/// <summary>A node that is killed under load and starts again.</summary>
public sealed partial class KillTests
{
    private const int Rounds = 5;
    private const int Senders = 12;

    // More than the 64 KiB that a node holds in memory, so that some texts are in files when it is killed.
    private const int LargestBody = 300_000;

    [NeedsFact("root", "smtp-sink")]
    public async Task Each_message_answered_with_250_is_at_the_destination_once_and_no_file_is_left()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        var promised = new ConcurrentBag<string>();
        for (var round = 0; round < Rounds; round++)
        {
            await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Trust:Entries:0=127.0.0.1/32");
            Assert.Empty(Directory.GetFiles(folder.File("data/spool")));
            var killAt = promised.Count + random.Next(20, 200);
            var senders = Enumerable.Range(0, Senders).Select(s => SendAsync(node, $"{round}-{s}", new Random(random.Next()), promised)).ToList();

            await Eventually.HoldsAsync($"some work to be done (seed {seed})", () => promised.Count >= killAt);
            await node.KillAsync();
            await Task.WhenAll(senders);
        }

        await using (var last = await NodeProcess.StartAsync(folder))
        {
            Assert.Empty(Directory.GetFiles(folder.File("data/spool")));
            await last.StopAsync();
        }

        var arrived = sink.Messages().Select(m => Id().Match(m).Groups[1].Value).ToList();
        Assert.True(arrived.Count == arrived.Distinct().Count(), $"a message is there twice (seed {seed})");
        Assert.True(!promised.Except(arrived).Any(), $"lost: {string.Join(' ', promised.Except(arrived))} (seed {seed})");
    }

    [NeedsFact("root", "smtp-sink")]
    public async Task The_counts_survive_a_kill()
    {
        var stranger = Loopback.Next();
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        string[] settings = [sink.Route("sink.test"), "Throttle:SnapshotInterval=00:00:01"];
        double before;
        await using (var node = await NodeProcess.StartAsync(folder, settings))
        {
            await using var talk = await RawClient.ConnectAsync(node.Smtp, stranger);
            await talk.AnswerAsync();
            await talk.AskAsync("EHLO people.test");
            await talk.AskAsync("MAIL FROM:<friend@people.test>");
            for (var recipient = 0; recipient < 4; recipient++)
            {
                Assert.StartsWith("250 ", await talk.AskAsync($"RCPT TO:<someone{recipient}@sink.test>"), StringComparison.Ordinal);
            }

            before = await node.CountAsync(stranger);
            Assert.True(before > 0);

            // The first snapshot may have been begun before the last count. The second one holds all counts.
            await NextSnapshotAsync(folder);
            await NextSnapshotAsync(folder);
            await node.KillAsync();
        }

        await using var again = await NodeProcess.StartAsync(folder, settings);
        Assert.InRange(await again.CountAsync(stranger), before / 2, before);
        await again.StopAsync();
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
            var body = string.Concat(Enumerable.Repeat("0123456789abcdef\r\n", random.Next(LargestBody / 18)));
            await talk.AskAsync("MAIL FROM:<list@people.test>");
            await talk.AskAsync("RCPT TO:<someone@sink.test>");
            await talk.AskAsync("DATA");
            if (await talk.AskAsync($"Message-ID: <{id}@people.test>\r\n\r\n{body}.") is not { } answer)
            {
                return;
            }

            Assert.StartsWith("250 ", answer, StringComparison.Ordinal);
            promised.Add(id);
        }
    }

    private static Task NextSnapshotAsync(TemporaryFolder folder)
    {
        var snapshot = folder.File("data/ledger.snapshot");
        var last = File.GetLastWriteTimeUtc(snapshot);
        return Eventually.HoldsAsync("a snapshot", () => File.GetLastWriteTimeUtc(snapshot) > last);
    }

    [GeneratedRegex("^Message-ID: <(.*)@people.test>$", RegexOptions.Multiline)]
    private static partial Regex Id();
}
