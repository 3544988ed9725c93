using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Benchmarks.Smtp;

/// <summary>
/// Texts to a next hop by DATA and by BDAT, in turn: messages a second and this process's processor time a message, over kept sessions. The next
/// hop is a scripted one in this process, or a real one at an address that takes mail for a recipient.
/// </summary>
internal static class ChunkingComparison
{
    private const int Rounds = 5;

    private static readonly byte[] Header = "Received: from bench.test by node.test; now\r\n"u8.ToArray();

    /// <param name="hop">Address and port of a real next hop; null for the scripted one.</param>
    /// <param name="recipient">The recipient that it accepts mail for.</param>
    /// <param name="messages">In each round.</param>
    public static async Task RunAsync(IPEndPoint? hop, string recipient, int messages)
    {
        await using var scripted = hop is null ? new ScriptedHop { KeepsMail = false, Offers = ["PIPELINING", "8BITMIME", "CHUNKING"] } : null;
        var endPoint = hop ?? scripted!.EndPoint;
        using var folder = new TemporaryFolder();
        foreach (var (sessions, octets) in new[] { (1, 4096), (1, 60_000), (20, 4096), (20, 60_000) })
        {
            var rates = new Dictionary<bool, List<(double Rate, double Cpu)>> { [false] = [], [true] = [] };
            await using var byData = Relay(chunking: false, folder.Make($"data-{sessions}-{octets}"));
            await using var byChunk = Relay(chunking: true, folder.Make($"bdat-{sessions}-{octets}"));
            for (var round = 0; round <= Rounds; round++)
            {
                foreach (var chunking in new[] { false, true })
                {
                    var measured = await SendAsync(chunking ? byChunk : byData, endPoint, recipient, sessions, octets, messages);
                    if (round > 0)
                    {
                        rates[chunking].Add(measured);
                    }
                }
            }

            var (data, chunk) = (Median(rates[false]), Median(rates[true]));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{sessions} sessions, {octets} octets: DATA {data.Rate:F0}/s {data.Cpu:F0} µs, BDAT {chunk.Rate:F0}/s {chunk.Cpu:F0} µs, BDAT / DATA {chunk.Rate / data.Rate:F2}"));
        }
    }

    private static async Task<(double Rate, double Cpu)> SendAsync(
        ServiceProvider services, IPEndPoint endPoint, string recipient, int sessions, int octets, int messages)
    {
        var method = services.GetRequiredService<IDeliveryMethod>();
        var spool = services.GetRequiredService<TextStore>();
        var destination = new Destination("bench", [new MxHost(endPoint.Address.ToString(), endPoint.Port, IsRoute: true)]);
        var client = new ClientFacts(IPAddress.Parse("192.0.2.1"), 1025, null, "bench.test", "ESMTP") { IsTrusted = true };
        var mail = new MailCommand(new Mailbox("ann", "bench.test"), null, BodyType.SevenBit, false);
        RcptCommand[] recipients = [new(new Mailbox(recipient[..recipient.IndexOf('@')], recipient[(recipient.IndexOf('@') + 1)..]))];
        var line = "A line of a message that people write to each other, about this.\r\n"u8.ToArray();
        var left = messages;
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, sessions).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await using var delivery = method.Begin(destination, client, mail);
                Expect((await delivery.AddRecipientsAsync(recipients, default))[0]);
                await using var text = spool.Create();
                while (text.Length < octets)
                {
                    text.Write(line);
                }

                Expect((await delivery.CommitAsync(new OutgoingMessage(Header, text), default)).Reply);
            }
        }));
        process.Refresh();
        return (messages / watch.Elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalMicroseconds / messages);
    }

    private static void Expect(SmtpReply reply)
    {
        if (!reply.IsPositive)
        {
            throw new InvalidOperationException(reply.ToString());
        }
    }

    private static (double Rate, double Cpu) Median(List<(double Rate, double Cpu)> all) => all.Order().ElementAt(all.Count / 2);

    private static ServiceProvider Relay(bool chunking, string folder) => new ServiceCollection()
        .AddSingleton<IDnsResolver>(new FakeDns())
        .AddMetrics()
        .AddSingleton<VerdictHistory>()
        .AddSingleton<NodeMetrics>()
        .AddLogging()
        .AddRelay(new NetworkOptions(), new RelayOptions { Chunking = chunking, MaxIdle = 20, MaxTransactions = 1_000_000, MaxAge = TimeSpan.FromHours(1) }, new OwnIdentity("node.test"), folder)
        .BuildServiceProvider();
}
