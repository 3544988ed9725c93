using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Benchmarks.Smtp;

/// <summary>
/// What the check of a sender costs a message: Off, Results and Arc in turn, to a next hop without XCLIENT, to one with XCLIENT, and of a trusted
/// client; with and without a DKIM signature. The median time from the final dot to the next hop's answer, and this process's processor time a
/// message. The next hop is a scripted one in this process; the DNS answers from memory, as the node's cache does.
/// </summary>
internal static class AuthenticationCost
{
    private const int Rounds = 5;

    private static readonly byte[] Header = "Received: from bench.test by node.test; now\r\n"u8.ToArray();

    private static readonly string[] NoXclient = ["PIPELINING", "8BITMIME", "CHUNKING"];

    /// <param name="messages">In each round of each case.</param>
    public static async Task RunAsync(int messages)
    {
        using var folder = new TemporaryFolder();
        var key = folder.Write("arc.key", SignedTexts.PrivateKey);
        await using var plain = new ScriptedHop { KeepsMail = false, Offers = NoXclient };
        await using var xclient = new ScriptedHop { KeepsMail = false, Offers = [.. NoXclient, "XCLIENT NAME ADDR PORT PROTO HELO"] };
        foreach (var (name, text) in new[] { ("4 KiB", Text(4096)), ("4 KiB signed", Sign(Text(4096))), ("60 KB signed", Sign(Text(60_000))), ("1 MB signed", Sign(Text(1_000_000))) })
        {
            var cases = new List<(string Name, ServiceProvider Relay, ScriptedHop Hop, bool IsTrusted, List<(double Micros, double Cpu)> Measured)>();
            foreach (var mode in Enum.GetValues<AuthenticationMode>())
            {
                var relay = Relay(mode, key, folder.Make($"{name}-{mode}"));
                cases.Add(($"{mode}", relay, plain, false, []));
                cases.Add(($"{mode}, XCLIENT", relay, xclient, false, []));
                cases.Add(($"{mode}, trusted", relay, plain, true, []));
            }

            for (var round = 0; round <= Rounds; round++)
            {
                foreach (var one in cases)
                {
                    var measured = await SendAsync(one.Relay, one.Hop.EndPoint, one.IsTrusted, text, messages);
                    if (round > 0)
                    {
                        one.Measured.Add(measured);
                    }
                }
            }

            foreach (var one in cases)
            {
                var (micros, cpu) = one.Measured.Order().ElementAt(Rounds / 2);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}, {one.Name}: {micros:F0} µs from the final dot, {cpu:F0} µs of processor"));
            }

            foreach (var relay in cases.Select(c => c.Relay).Distinct())
            {
                await relay.DisposeAsync();
            }
        }
    }

    private static async Task<(double Micros, double Cpu)> SendAsync(ServiceProvider services, IPEndPoint endPoint, bool isTrusted, byte[] content, int messages)
    {
        var method = services.GetRequiredService<IDeliveryMethod>();
        var spool = services.GetRequiredService<TextStore>();
        var destination = new Destination($"bench-{endPoint.Port}", [new MxHost(endPoint.Address.ToString(), endPoint.Port, IsRoute: true)]);
        var client = new ClientFacts(IPAddress.Parse("192.0.2.1"), 1025, null, "mail.bench.test", "ESMTP") { IsTrusted = isTrusted };
        var mail = new MailCommand(new Mailbox("ann", "bench.test"), null, BodyType.SevenBit, false);
        RcptCommand[] recipients = [new(new Mailbox("bob", "example.com"))];
        var times = new List<double>(messages);
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        for (var i = 0; i < messages; i++)
        {
            await using var delivery = method.Begin(destination, client, mail);
            Expect((await delivery.AddRecipientsAsync(recipients, default))[0]);
            await using var text = spool.Create();
            for (var at = 0; at < content.Length; at += MessageText.MaxPiece)
            {
                text.Write(content.AsSpan(at, Math.Min(MessageText.MaxPiece, content.Length - at)));
                if (text.IsFull)
                {
                    await text.SpillAsync();
                }
            }

            var watch = Stopwatch.GetTimestamp();
            Expect((await delivery.CommitAsync(new OutgoingMessage(Header, text), default)).Reply);
            times.Add(Stopwatch.GetElapsedTime(watch).TotalMicroseconds);
        }

        process.Refresh();
        return (times.Order().ElementAt(messages / 2), (process.TotalProcessorTime - cpu).TotalMicroseconds / messages);
    }

    private static void Expect(SmtpReply reply)
    {
        if (!reply.IsPositive)
        {
            throw new InvalidOperationException(reply.ToString());
        }
    }

    private static byte[] Text(int octets)
    {
        const string Line = "A line of a message that people write to each other, about this.\r\n";
        return Encoding.ASCII.GetBytes(SignedTexts.Plain + string.Concat(Enumerable.Repeat(Line, octets / Line.Length)));
    }

    private static byte[] Sign(byte[] text) => Encoding.ASCII.GetBytes(SignedTexts.Sign("bench.test", Encoding.ASCII.GetString(text)));

    private static ServiceProvider Relay(AuthenticationMode mode, string key, string folder) => new ServiceCollection()
        .AddSingleton<IDnsResolver>(new FakeDns().With(SignedTexts.Key("bench.test"), new TxtRecord("bench.test", 60, "v=spf1 ip4:192.0.2.1 -all")))
        .AddMetrics()
        .AddSingleton<VerdictHistory>()
        .AddSingleton<NodeMetrics>()
        .AddLogging()
        .AddRelay(
            new NetworkOptions(),
            new RelayOptions { Authentication = mode, Arc = new() { Domain = "relay.test", Key = key }, MaxTransactions = 1_000_000, MaxAge = TimeSpan.FromHours(1) },
            new OwnIdentity("node.test"), folder)
        .BuildServiceProvider();
}
