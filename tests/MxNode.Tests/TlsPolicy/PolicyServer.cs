using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.TlsPolicy;

/// <summary>The web servers of all domains' MTA-STS policies, and the lookup that fetches from them, with the test's clock and DNS.</summary>
internal sealed class PolicyServer : HttpMessageHandler
{
    public const string Enforce = "version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 604800\n";

    private readonly ILoggerFactory _loggers;

    public PolicyServer()
    {
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(Log));
        Table = new MtaStsTable(Clock);
        Fetcher = new MtaStsFetcher(this, Clock);
        Lookup = new MtaStsLookup(Dns, Fetcher, Table, Clock, _loggers.CreateLogger<MtaStsLookup>());
    }

    public FakeTimeProvider Clock { get; } = new();

    public FakeDns Dns { get; } = new();

    public CapturedLog Log { get; } = new();

    public MtaStsTable Table { get; }

    public MtaStsFetcher Fetcher { get; }

    public MtaStsLookup Lookup { get; }

    /// <summary>The URLs that were asked for.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>The body of each answer.</summary>
    public string Body { get; set; } = Enforce;

    /// <summary>Replaces the usual answer.</summary>
    public Func<CancellationToken, Task<HttpResponseMessage>>? Answer { get; set; }

    /// <summary>Replaces the usual answer, by the address that is asked for.</summary>
    public Func<Uri, CancellationToken, Task<HttpResponseMessage>>? Respond { get; set; }

    /// <summary>Publishes the TXT record of a domain in place of the one before.</summary>
    public void Publish(string domain, string id)
    {
        Dns.Clear();
        Dns.With(new TxtRecord($"_mta-sts.{domain}", 60, $"v=STSv1; id={id};"));
    }

    /// <summary>A logger that writes to <see cref="Log"/>.</summary>
    public ILogger<T> Logger<T>() => _loggers.CreateLogger<T>();

    /// <summary>An answer with a body.</summary>
    public static HttpResponseMessage Reply(HttpStatusCode status, string body, string type = "text/plain") =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, type) };

    /// <summary>The mode of the policy in force and its first mail exchanger; null for none.</summary>
    public async Task<string?> FindAsync(string domain = "example.com") =>
        await Lookup.FindAsync(domain, default).AsTask().WaitAsync(Eventually.Patience) is { } policy ? $"{policy.Mode} {policy.Patterns[0]}" : null;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Asked.Enqueue(request.RequestUri!.AbsoluteUri);
        return Respond?.Invoke(request.RequestUri, cancellationToken) ?? Answer?.Invoke(cancellationToken) ?? Task.FromResult(Reply(HttpStatusCode.OK, Body));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _loggers.Dispose();
        }

        base.Dispose(disposing);
    }
}
