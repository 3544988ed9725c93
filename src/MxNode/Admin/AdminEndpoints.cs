using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Health for whoever supervises the node, and the API behind the dashboard and the commands.</summary>
internal static class AdminEndpoints
{
    public static IServiceCollection AddAdmin(this IServiceCollection services, AdminOptions options) =>
        services.AddSingleton(options).AddRoutingCore();

    /// <summary>Listens for HTTP/1.1 on <c>Admin:Listen</c>.</summary>
    public static void ListenAdmin(this KestrelServerOptions kestrel, AdminOptions options) =>
        kestrel.Listen(Listener.Admin, options.Listen is { } listen ? [listen] : [], endPoint => endPoint.Protocols = HttpProtocols.Http1);

    public static void MapAdmin(this WebApplication app, AdminOptions options)
    {
        app.MapGet("/healthz", () => Results.Text("alive\n"));
        app.MapGet("/readyz", () => app.Lifetime switch
        {
            { ApplicationStopping.IsCancellationRequested: true } => Results.Text("stopping\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            { ApplicationStarted.IsCancellationRequested: false } => Results.Text("starting\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ when app.Services.GetService<ExchangeService>() is { IsReady: false } => Results.Text("looking for peers\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ => Results.Text("serving\n"),
        });
        app.MapGet("/", () => Results.Content(Dashboard.Page, "text/html; charset=utf-8"));

        var api = app.MapGroup("/api");
        if (options.TokenFile is not null)
        {
            var token = Encoding.UTF8.GetBytes($"Bearer {File.ReadAllText(options.TokenFile).Trim()}");
            api.AddEndpointFilter(async (call, next) =>
                CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(call.HttpContext.Request.Headers.Authorization.ToString()), token)
                    ? await next(call)
                    : Results.Unauthorized());
        }

        api.MapGet("/status", Status);
        api.MapGet("/block/{address}", Block);
        api.MapGet("/peers", (Delegate)PeersAsync);
    }

    private static IResult Status(HttpContext http)
    {
        var services = http.RequestServices;
        var node = services.GetRequiredService<NodeInstance>();
        return Results.Json(
            new StatusReport(
                node.Name,
                node.HostName,
                NodeInstance.Version,
                node.Started,
                services.GetRequiredService<NodeMetrics>().OpenSessions,
                services.GetRequiredService<CountingEngine>().Rows,
                services.GetRequiredService<MessageSpool>().Memory,
                [.. services.GetRequiredService<BoundEndPoints>().Of(Listener.Smtp).Select(e => e.ToString())],
                [.. services.GetRequiredService<TrustStore>().Held.Values.OrderBy(l => l.Author, StringComparer.Ordinal).Select(l => new TrustLogReport(l.Author, l.Head.Seq, l.FirstFork))],
                services.GetService<GuardTally>()?.Report()),
            AdminJson.Default.StatusReport);
    }

    private static async Task<IResult> PeersAsync(HttpContext http) => Results.Json(
        http.RequestServices.GetService<ExchangeService>() is { } exchange
            ? await exchange.DescribeAsync()
            : new PeersReport(null, "", "", "", 0, null, Alone: true, []),
        AdminJson.Default.PeersReport);

    private static IResult Block(HttpContext http, string address)
    {
        if (!IPAddress.TryParse(address, out var parsed))
        {
            return Results.Text($"\"{address}\" is no address; write one like 192.0.2.7 or 2001:db8::7\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var host = IpBlock.Of(parsed);
        var throttle = http.RequestServices.GetRequiredService<Throttle.Throttle>();
        var entry = http.RequestServices.GetRequiredService<TrustBook>().Find(parsed);
        var vouched = entry?.RatePerHour is null ? 0 : throttle.QuotaPerHour(host);
        var passes = entry is not null && (entry.RatePerHour is not { } rate || vouched < rate);
        var report = throttle.Describe(host);
        return Results.Json(
            new AddressReport(
                parsed.ToString(),
                entry?.Network.ToString(),
                entry?.RatePerHour,
                vouched,
                [
                    new AddressLevel(
                        host.ToString(), report.Counts.Own * Decay.FastPerHour, report.Counts.Others * Decay.FastPerHour, report.Counts.PerDay,
                        report.Limits.Soft, report.Limits.Hard, report.Limits.Day),
                ],
                report.BadRecipients.PerHour,
                report.Limits.Hard,
                report.Load,
                passes ? nameof(VerdictAction.Forward) : report.Verdict.Action.ToString(),
                passes ? nameof(VerdictReason.Trusted) : report.Verdict.Reason.ToString(),
                passes ? TimeSpan.Zero : report.Verdict.Delay,
                passes ? TimeSpan.Zero : report.Verdict.RetryAfter,
                [.. report.Reporters.Select(r => new AddressReporter(r.Operator, r.PerHour))],
                report.FirstSeen > TimeSpan.Zero ? http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() - report.FirstSeen : null,
                report.Standing,
                [.. report.Areas.Select(a => new AddressArea(a.Block.ToString(), a.NewcomersPerHour, a.WaitingPerHour, a.StandingPerHour, a.LimitPerHour))],
                report.Chance),
            AdminJson.Default.AddressReport);
    }
}
