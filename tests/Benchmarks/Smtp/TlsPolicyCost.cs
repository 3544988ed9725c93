using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Benchmarks.Smtp;

/// <summary>
/// What a demand for TLS costs a message to a scripted next hop with STARTTLS: messages a second one after another, and this process's processor time a message, over a
/// kept session and with a new session for each. Policies and DNS answers are cached, as they are for all messages but the first.
/// </summary>
internal static class TlsPolicyCost
{
    private const int Rounds = 5;
    private const string Host = "mail.bench.test", Domain = "bench.test";

    private static readonly byte[] Header = "Received: from bench.test by node.test; now\r\n"u8.ToArray();
    private static readonly WebAuthority Authority = new();

    public static async Task RunAsync(int messages)
    {
        await using var hop = new ScriptedHop { KeepsMail = false, Offers = ["PIPELINING", "STARTTLS"], Certificate = Authority.Issue(Host), CertificateChain = [Authority.Intermediate] };
        using var folder = new TemporaryFolder();
        foreach (var isKept in new[] { true, false })
        {
            var count = isKept ? messages : Math.Max(1, messages / 20);
            var results = new Dictionary<string, List<(double Rate, double Cpu)>>();
            for (var round = 0; round <= Rounds; round++)
            {
                foreach (var demand in new[] { "none", "mta-sts", "dane" })
                {
                    await using var relay = Relay(hop, demand, isKept, folder.Make($"{demand}-{isKept}-{round}"));
                    await SendAsync(relay, hop, demand, 1);
                    var measured = await SendAsync(relay, hop, demand, count);
                    if (round > 0)
                    {
                        (results.TryGetValue(demand, out var known) ? known : results[demand] = []).Add(measured);
                    }
                }
            }

            foreach (var (demand, rates) in results)
            {
                var (rate, cpu) = rates.Order().ElementAt(rates.Count / 2);
                var (lowest, highest) = (rates.Min(r => r.Rate), rates.Max(r => r.Rate));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(isKept ? "kept session" : "new session each")}, demand {demand}: {rate:F0} messages/s ({lowest:F0} to {highest:F0}), {cpu:F0} µs of processor time a message"));
            }
        }
    }

    private static async Task<(double Rate, double Cpu)> SendAsync(ServiceProvider relay, ScriptedHop hop, string demand, int messages)
    {
        var method = relay.GetRequiredService<IDeliveryMethod>();
        var spool = relay.GetRequiredService<TextStore>();
        var destination = new Destination("bench", [new MxHost(Host, hop.EndPoint.Port)]) { SecureDomain = demand == "dane" ? Domain : null };
        var client = new ClientFacts(IPAddress.Parse("192.0.2.1"), 1025, null, "client.test", "ESMTP") { IsTrusted = true };
        var mail = new MailCommand(new Mailbox("ann", "client.test"), null, BodyType.SevenBit, false);
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < messages; i++)
        {
            await using var delivery = method.Begin(destination, client, mail);
            Expect((await delivery.AddRecipientsAsync([new(new Mailbox("bob", Domain))], default))[0], delivery, demand);
            await using var text = spool.Create();
            text.Write("Subject: hello\r\n\r\nhello\r\n"u8);
            Expect((await delivery.CommitAsync(new OutgoingMessage(Header, text), default)).Reply, delivery, demand);
        }

        process.Refresh();
        return (messages / watch.Elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalMicroseconds / messages);
    }

    private static void Expect(SmtpReply reply, IDelivery delivery, string demand)
    {
        if (!reply.IsPositive || delivery.Tls.Demanded != demand)
        {
            throw new InvalidOperationException($"{reply} ({delivery.Tls})");
        }
    }

    private static ServiceProvider Relay(ScriptedHop hop, string demand, bool isKept, string folder)
    {
        var dns = new FakeDns { IsSigned = _ => demand == "dane" }.Host(Host, "127.0.0.1");
        if (demand == "dane")
        {
            dns.With(new TlsaRecord(
                string.Create(CultureInfo.InvariantCulture, $"_{hop.EndPoint.Port}._tcp.{Host}"), 3600, TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, [.. SHA256.HashData(hop.Certificate!.PublicKey.ExportSubjectPublicKeyInfo())]));
        }
        else if (demand == "mta-sts")
        {
            dns.With(new TxtRecord($"_mta-sts.{Domain}", 3600, "v=STSv1; id=1"));
        }

        return new ServiceCollection()
            .AddSingleton<IDnsResolver>(dns)
            .AddSingleton(new DnsOptions { TrustAd = demand == "dane" })
            .AddSingleton(new TrustAnchors([Authority.Root]))
            .AddSingleton(new MtaStsFetcher(new Policy(), TimeProvider.System))
            .AddMetrics()
            .AddSingleton<VerdictHistory>()
            .AddSingleton<NodeMetrics>()
            .AddLogging()
            .AddRelay(new NetworkOptions(), new RelayOptions { AllowPrivateDestinations = true, MaxTransactions = isKept ? 1_000_000 : 1, MaxAge = TimeSpan.FromHours(1) }, new OwnIdentity("node.test"), folder)
            .BuildServiceProvider();
    }

    private sealed class Policy : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent($"version: STSv1\nmode: enforce\nmx: {Host}\nmax_age: 86400\n", Encoding.ASCII, "text/plain") });
    }
}
