using System.Text;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>A message answered 250 is at its destination, for any senders and any order.</summary>
public sealed class PromiseTests
{
    private static readonly ThrottleOptions Limits = new() { Hold = TimeSpan.Zero, MaxDelay = TimeSpan.Zero, MaxEnvelopes = 1024, MaxRows = 10_000 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task The_destinations_have_exactly_the_messages_answered_250(int seed)
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Throttle = Limits, Trust = c.Trust with { Entries = ["127.7.0.0/24"] } });
        rig.Hop.Script = Moody(new Random(seed));
        rig.OtherHop.Script = Moody(new Random(-seed));
        var random = new Random(seed);
        var promised = new HashSet<string>();
        var unanswered = new HashSet<string>();
        for (var round = 0; round < 6; round++)
        {
            var senders = Enumerable.Range(0, random.Next(4, 16)).Select(i => SendAsync(rig, new Random(random.Next()), $"{seed}-{round}-{i}"));
            foreach (var (id, answered, answer) in (await Task.WhenAll(senders)).SelectMany(s => s))
            {
                _ = answered ? answer.StartsWith("250", StringComparison.Ordinal) && promised.Add(id) : unanswered.Add(id);
            }
        }

        var arrived = rig.Hop.Messages.Concat(rig.OtherHop.Messages).Select(IdOf).ToList();
        Assert.True(arrived.Count == arrived.Distinct().Count(), $"seed {seed}: doubled");
        Assert.True(promised.IsSubsetOf(arrived), $"seed {seed}: lost {string.Join(", ", promised.Except(arrived))}");

        // Besides the messages answered 250, the destination may have messages whose sender disconnected before the reply, or whose reply the next hop lost.
        var unsure = unanswered.Concat(rig.Log.Lines.Where(e => e.Event == 3009).Select(_ => "")).ToList();
        var extra = arrived.Except(promised).Except(unanswered).Count();
        Assert.True(extra <= unsure.Count(u => u.Length == 0), $"seed {seed}: {extra} refused messages arrived");
    }

    [Theory]
    [InlineData(60, 1)]
    [InlineData(60, 12)]
    [InlineData(25, 25)]
    public async Task Of_a_burst_at_one_node_at_most_the_burst_limit_and_one_more_pass(int messages, int atOnce)
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Throttle = Limits });
        var through = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, messages), new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (i, _) =>
        {
            await using var client = await RawClient.ConnectAsync(rig.Node.Smtp[0], "127.9.0.1");
            var answer = await client.DeliverAsync("hello", $"r{i % 4}@example.com");
            Assert.True(answer[0] is '2' or '4', answer);
            if (answer[0] == '2')
            {
                Interlocked.Increment(ref through);
            }
        });

        // A limit of 20 an hour over half an hour of memory.
        Assert.InRange(through, 10, 11);
        Assert.Equal(through, rig.Hop.Messages.Count);
    }

    private static Func<string, int, HopAction?> Moody(Random random) => (step, _) =>
    {
        int roll;
        lock (random)
        {
            roll = random.Next(40);
        }

        return (step.Split(' ')[0], roll) switch
        {
            ("RCPT", 0) => HopAction.Say("452 4.2.2 full"),
            ("RCPT", 1) => HopAction.Say("550 5.2.1 closed"),
            ("RCPT" or "MAIL" or "DATA" or "text" or "greeting" or "EHLO", 2) => HopAction.Vanish,
            ("MAIL" or "DATA", 3) => HopAction.Say("451 4.3.0 later"),
            ("RCPT" or "DATA", 4) => HopAction.SayAndHangUp("421 4.3.2 going down"),
            ("dot", 5 or 6) => HopAction.Say("554 5.7.1 no"),
            ("dot", 7) => HopAction.Say("451 4.7.1 later"),
            _ => null,
        };
    };

    // One client's session. Returns for each text whether the client got a reply, and which.
    private static async Task<List<(string Id, bool Heard, string Answer)>> SendAsync(InboundRig rig, Random random, string name)
    {
        var results = new List<(string, bool, string)>();
        var trusted = random.Next(3) == 0;
        await using var client = await RawClient.ConnectAsync(rig.Node.Smtp[0], $"127.{(trusted ? 7 : random.Next(10, 250))}.0.{random.Next(1, 250)}");
        if (!(await client.ReplyAsync()).StartsWith("220", StringComparison.Ordinal))
        {
            return results;
        }

        await client.TalkAsync(">EHLO client.test", "<250");
        for (var message = random.Next(1, 5); message > 0; message--)
        {
            var id = $"{name}-{message}";
            var recipients = Enumerable.Range(0, random.Next(1, 4)).Select(i => $"RCPT TO:<r{i}@{(random.Next(8) == 0 ? "elsewhere.test" : "example.com")}>\r\n").ToList();
            await client.SendAsync("MAIL FROM:<a@client.test>\r\n" + string.Concat(recipients) + "DATA\r\n");
            var answers = new List<string>();
            for (var i = 0; i < recipients.Count + 2 && answers.LastOrDefault() is not ("" or ['4', '2', '1', ..]); i++)
            {
                answers.Add(await client.ReplyAsync());
            }

            if (answers[^1] is "" or ['4', '2', '1', ..])
            {
                return results;
            }

            if (answers[^1][0] != '3')
            {
                await client.TalkAsync(">RSET", "<250");
                continue;
            }

            await client.SendAsync($"X-Id: {id}\r\n\r\n{new string('.', 2 + random.Next(900))}\r\n.\r\n");
            if (random.Next(10) == 0)
            {
                client.Vanish();
                results.Add((id, false, ""));
                return results;
            }

            results.Add((id, true, await client.ReplyAsync()));
        }

        return results;
    }

    private static string IdOf(HopMessage message)
    {
        var text = Encoding.Latin1.GetString(message.Content);
        var at = text.IndexOf("X-Id: ", StringComparison.Ordinal) + "X-Id: ".Length;
        return text[at..text.IndexOf('\r', at)];
    }
}
