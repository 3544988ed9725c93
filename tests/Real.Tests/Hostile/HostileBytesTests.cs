using System.Text;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Hostile;

/// <summary>Octets that no mail server sends. The node goes on serving, logs no error of its own and uses little memory.</summary>
public sealed class HostileBytesTests
{
    // A running node uses about 100 MB. Each attack alone sends more than the rest up to this limit.
    private const long MemoryCap = 300L << 20;

    private static readonly string[] Words =
        ["EHLO", "HELO x", "MAIL FROM:<", "RCPT TO:<", "DATA", "RSET", "STARTTLS", "XCLIENT ADDR=", "PROXY TCP4 ", "\r\n", "\n", "\r", "\0", ".", " ", ">", "@sink.test", "SIZE=", "\"", "[IPv6:", "QUIT"];

    [NeedsFact("root", "smtp-sink")]
    public async Task Random_octets_and_scrambled_commands_do_not_disturb_other_sessions()
    {
        const int Attackers = 400;
        var seed = Environment.TickCount;
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Smtp:XClientFrom:0=127.0.0.1/32", "Trust:Entries:0=127.0.0.0/8");
        using var otherFolder = new TemporaryFolder();
        await using var proxied = await NodeProcess.StartAsync(otherFolder, sink.Route("sink.test"), "Smtp:ProxyFrom:0=127.0.0.1/32");

        await Parallel.ForAsync(0, Attackers, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (attacker, _) =>
        {
            var random = new Random(seed + attacker);
            await using var talk = await RawClient.ConnectAsync(attacker % 4 == 0 ? proxied.Smtp : node.Smtp);
            for (var piece = 0; piece < 20 && await talk.TrySendAsync(Noise(random)); piece++)
            {
            }

            talk.FinishSending();
            await talk.LastAnswerAsync();
        });

        await StillServesAsync(node, sink, $"seed {seed}");
        await StillServesAsync(proxied, sink, $"seed {seed}", "PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n");
    }

    [NeedsTheory("root", "smtp-sink")]
    [InlineData("a command line without an end", "", "NOOP ", "x")]
    [InlineData("a text line without an end", "MAIL FROM:<a@people.test>|RCPT TO:<b@sink.test>|DATA", "", "x")]
    [InlineData("a text without an end", "MAIL FROM:<a@people.test>|RCPT TO:<b@sink.test>|DATA", "", "0123456789abcdef\r\n")]
    [InlineData("commands without a pause", "", "", "NOOP 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\r\n")]
    [InlineData("errors without a pause", "", "", "XYZZY\r\n")]
    public async Task Floods_do_not_fill_the_memory(string what, string before, string begins, string repeated)
    {
        const int Flood = 32 << 20;
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Trust:Entries:0=127.0.0.1/32", "Smtp:MaxMessageSize=1048576");
        var block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(repeated, 65536 / repeated.Length)));

        await Parallel.ForAsync(0, 10, async (_, _) =>
        {
            await using var talk = await RawClient.ConnectAsync(node.Smtp);
            await talk.AnswerAsync();
            await talk.AskAsync("EHLO people.test");
            foreach (var command in before.Split('|', StringSplitOptions.RemoveEmptyEntries))
            {
                await talk.AskAsync(command);
            }

            await talk.SendAsync(begins);
            var answers = talk.LastAnswerAsync();
            for (var sent = 0; sent < Flood && await talk.TrySendAsync(block); sent += block.Length)
            {
            }

            talk.FinishSending();
            await answers;
        });

        await StillServesAsync(node, sink, what);
    }

    // Some server takes each of these for an end of data (CVE-2023-51764 and similar).
    [NeedsTheory("root", "smtp-sink")]
    [InlineData("\n.\n")]
    [InlineData("\n.\r\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r.\r")]
    [InlineData("\r.\r\n")]
    [InlineData("\r\n.\r")]
    [InlineData("\r\r\n.\r\r\n")]
    [InlineData("\r\n\0.\r\n")]
    [InlineData("\r\n.\r\r\n")]
    public async Task No_second_message_is_smuggled_in_the_first(string end)
    {
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Trust:Entries:0=127.0.0.1/32");
        await using var talk = await RawClient.ConnectAsync(node.Smtp);
        await talk.AnswerAsync();
        await talk.AskAsync("EHLO people.test");
        await talk.AskAsync("MAIL FROM:<friend@people.test>");
        await talk.AskAsync("RCPT TO:<someone@sink.test>");
        Assert.StartsWith("354", await talk.AskAsync("DATA"), StringComparison.Ordinal);

        var answer = await talk.AskAsync($"Subject: one\r\n\r\none{end}MAIL FROM:<boss@sink.test>\r\nRCPT TO:<someone@sink.test>\r\nDATA\r\nSubject: two\r\n\r\ntwo\r\n.");

        // The whole input is one message with CRLF line ends.
        Assert.StartsWith("250 ", answer, StringComparison.Ordinal);
        Assert.Contains("X-Mail-Args: <friend@people.test>", Assert.Single(sink.Messages()), StringComparison.Ordinal);
        Assert.StartsWith("221", await talk.AskAsync("QUIT"), StringComparison.Ordinal);
        await node.StopAsync();
    }

    private static byte[] Noise(Random random)
    {
        var noise = new List<byte>();
        for (var part = random.Next(1, 30); part > 0; part--)
        {
            if (random.Next(4) == 0)
            {
                var octets = new byte[random.Next(1, 2000)];
                random.NextBytes(octets);
                noise.AddRange(octets);
            }
            else
            {
                noise.AddRange(Encoding.ASCII.GetBytes(Words[random.Next(Words.Length)]));
            }
        }

        return [.. noise];
    }

    private static async Task StillServesAsync(NodeProcess node, SmtpSink sink, string after, string header = "")
    {
        Assert.True(node.Memory() < MemoryCap, $"{after}: {node.Memory() >> 20} MB");
        var before = sink.Messages().Count;
        await using var talk = await RawClient.ConnectAsync(node.Smtp);
        await talk.SendAsync(header);
        await talk.AnswerAsync();
        await talk.AskAsync("EHLO people.test");
        await talk.AskAsync("MAIL FROM:<friend@people.test>");
        await talk.AskAsync("RCPT TO:<someone@sink.test>");
        await talk.AskAsync("DATA");
        Assert.StartsWith("250 ", await talk.AskAsync("Subject: still here\r\n\r\nhello\r\n."), StringComparison.Ordinal);
        Assert.Equal(before + 1, sink.Messages().Count);
        await node.StopAsync();
    }
}
