using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class CertificateWatchTests : ExchangeTests
{
    private const int Ends = 4004;
    private const int Ended = 4005;
    private readonly CapturedLog _log = new();

    [Fact]
    public void Expiry_is_logged_once_a_day_from_30_days_before_it_until_there_is_a_new_certificate()
    {
        var time = new FakeTimeProvider();
        time.Advance(TimeProvider.System.GetUtcNow() - time.GetUtcNow());
        var (certificate, key) = Pki.Issue("a", "operator-a", validity: TimeSpan.FromDays(40), at: time.GetUtcNow());
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(_log));
        var log = new ExchangeLog(logging.CreateLogger<ExchangeLog>());
        var options = new ExchangeOptions { Certificate = certificate, Key = key, Authority = Pki.Authority };
        using var watch = new CertificateWatch(new CredentialStore(options, time, log), log, new NodeHealth(time, NullLogger<NodeHealth>.Instance));

        watch.Look();
        Assert.Equal((0, 0), Said());
        time.Advance(TimeSpan.FromDays(10.5));
        watch.Look();
        watch.Look();
        Assert.Equal((1, 0), Said());
        Assert.Contains(_log.Lines, l => l.Event == Ends && l.Level == LogLevel.Warning && l.Message.Contains("days left: 29", StringComparison.Ordinal));
        time.Advance(TimeSpan.FromHours(25));
        watch.Look();
        watch.Look();
        Assert.Equal((2, 0), Said());
        Assert.False(watch.HasEnded);

        time.Advance(TimeSpan.FromDays(29));
        watch.Look();
        watch.Look();
        Assert.True(watch.HasEnded);
        Assert.Equal((2, 1), Said());
        time.Advance(TimeSpan.FromDays(1));
        watch.Look();
        Assert.Equal((2, 2), Said());

        Pki.Issue("a", "operator-a", validity: TimeSpan.FromDays(5), at: time.GetUtcNow());
        time.Advance(TimeSpan.FromMinutes(1));
        watch.Look();
        Assert.False(watch.HasEnded);
        Assert.Equal((3, 2), Said());
    }

    [Fact]
    public void While_the_files_cannot_be_read_the_node_keeps_its_credentials_and_logs_that_once()
    {
        const int NotRenewed = 4001;
        var time = new FakeTimeProvider();
        time.Advance(TimeProvider.System.GetUtcNow() - time.GetUtcNow());
        var (certificate, key) = Pki.Issue("a", "operator-a", at: time.GetUtcNow());
        var folder = Directory.CreateDirectory(Data("certificates")).FullName;
        var (there, away) = (Path.Combine(folder, "a.pem"), folder + ".away");
        File.Copy(certificate, there);
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(_log));
        var log = new ExchangeLog(logging.CreateLogger<ExchangeLog>());
        var store = new CredentialStore(new ExchangeOptions { Certificate = there, Key = key, Authority = Pki.Authority }, time, log);
        var first = store.Current();

        Directory.Move(folder, away);
        Directory.CreateSymbolicLink(folder, folder); // not even root can read it
        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.Same(first, store.Current());
        }

        Assert.Single(_log.Lines, l => l.Event == NotRenewed);
        File.Delete(folder);
        Directory.Move(away, folder);
        File.WriteAllText(there, "half a");
        var written = File.GetLastWriteTimeUtc(there);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Same(first, store.Current());
        Pki.Issue("a", "operator-a", at: time.GetUtcNow());
        File.Copy(certificate, there, overwrite: true);
        File.SetLastWriteTimeUtc(there, written); // a copy may keep its source's time
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotSame(first, store.Current());
    }

    [Fact]
    public async Task A_node_with_an_expired_certificate_and_no_peer_is_not_ready()
    {
        using var http = new HttpClient();
        var time = new ShiftedTime();
        await using var a = await StartAsync("a");
        await using var b = await StartAsync(
            "b", [a.Address], c => c with { Admin = new() { Listen = new(IPAddress.Loopback, 0) } }, time: time);
        await b.JoinedAsync("a of operator-a");
        var exchange = b.Services.GetRequiredService<ExchangeStatus>();
        var ready = new Uri($"http://{b.Dashboard}/readyz");
        await Eventually.HoldsAsync("the node to be ready", () => exchange.IsReady);

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(ready)).StatusCode);
        time.By = TimeSpan.FromDays(11);
        await b.Log.LineAsync(4011, "peer a of operator-a left");
        await Eventually.HoldsAsync("the node not to be ready", () => !exchange.IsReady);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync(ready)).StatusCode);
    }

    private (int Warnings, int Errors) Said() => (_log.Lines.Count(l => l.Event == Ends), _log.Lines.Count(l => l.Event == Ended));
}
