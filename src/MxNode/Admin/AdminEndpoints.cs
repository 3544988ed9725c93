using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Admin;

/// <summary>The health endpoints for monitoring, and the API of the dashboard and the commands.</summary>
internal static class AdminEndpoints
{
    public static IServiceCollection AddAdmin(this IServiceCollection services, AdminOptions options) =>
        services.AddSingleton(options).AddRoutingCore();

    /// <summary>Listens for HTTP/1.1 on <c>Admin:Listen</c>.</summary>
    public static void ListenAdmin(this KestrelServerOptions kestrel, AdminOptions options) =>
        kestrel.Listen(Listener.Admin, options.Listen is { } listen ? [listen] : [], endPoint => endPoint.Protocols = HttpProtocols.Http1);

    public static void MapAdmin(this WebApplication app, AdminOptions options)
    {
        app.UseAdminSecurity(options);
        app.UseAdminToken(options);
        app.MapGet("/healthz", () => Results.Text("alive\n"));
        app.MapGet("/readyz", () => app.Lifetime switch
        {
            { ApplicationStopping.IsCancellationRequested: true } => Results.Text("stopping\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            { ApplicationStarted.IsCancellationRequested: false } => Results.Text("starting\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ when app.Services.GetService<ExchangeStatus>() is { IsReady: false } => Results.Text("looking for peers\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ when app.Services.GetService<ExchangeStatus>() is { ClockFault: { } fault } => Results.Text($"{fault}\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ => Results.Text("serving\n"),
        });
        app.MapPrometheusScrapingEndpoint("/metrics");

        var api = app.MapGroup("/api");
        api.MapGet("/status", Status);
        api.MapGet("/block/{**block}", BlockEndpoint.Answer);
        api.MapGet("/peers", (Delegate)PeersAsync);
        api.MapGet("/ask/{address}", (Delegate)AskEndpoint.AnswerAsync);
        api.MapGet("/queue", QueueEndpoints.List);
        api.MapGet("/queue/{id}", (Delegate)QueueEndpoints.ShowAsync);
        api.MapPost("/queue/{subject}/{action}", (Delegate)QueueEndpoints.ActAsync);
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
                DescribeDescriptors(services.GetRequiredService<DescriptorBudget>()),
                services.GetRequiredService<CountingEngine>().Rows,
                services.GetRequiredService<TextStore>().Memory,
                [.. services.GetRequiredService<BoundEndPoints>().Of(Listener.Smtp).Select(e => e.ToString())],
                [.. services.GetRequiredService<TrustStore>().Held.Values.OrderBy(l => l.Author, StringComparer.Ordinal).Select(l => new TrustLogReport(l.Author, l.Head.Seq, l.FirstFork))],
                services.GetService<GuardTally>()?.Report(),
                services.GetService<ClusterMonitor>()?.Report(),
                services.GetRequiredService<NodeHealth>().Faults,
                services.GetRequiredService<NodeHealth>().Components)
            {
                TrustLookedAt = services.GetRequiredService<TrustKeeper>().LastLook,
                LeftName = services.GetService<PeerNotes>()?.OwnLeftName ?? false,
                NameRefusals =
                [
                    .. services.GetRequiredService<NameRefusals>().Report().OrderByDescending(refusal => refusal.Count)
                        .Select(refusal => new NameRefusalReport(refusal.Host, refusal.List, refusal.Count, refusal.Last)),
                ],
            },
            AdminJson.Default.StatusReport);
    }

    private static DescriptorReport DescribeDescriptors(DescriptorBudget budget) =>
        new(budget.Limit, budget.Open(Listener.Smtp), budget.Smtp, budget.OpenOutgoing, budget.Outgoing);

    private static async Task<IResult> PeersAsync(HttpContext http)
    {
        var report = http.RequestServices.GetService<Neighbours>() is { } neighbours ? await neighbours.DescribeAsync() : ExchangeReport.None;
        return Results.Json(
            http.RequestServices.GetService<GatewayReports>() is { } gateways ? report with { Gateways = await gateways.OthersAsync() } : report,
            AdminJson.Default.ExchangeReport);
    }
}
