using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Admin;

/// <summary>The health endpoints for monitoring, and the API of the dashboard and the commands.</summary>
internal static class AdminEndpoints
{
    // Octets of a statement's fields.
    private const int MaxBody = 16 * 1024;

    public static IServiceCollection AddAdmin(this IServiceCollection services, AdminOptions options)
    {
        services.AddSingleton(options).AddSingleton<AdminDesk>().AddSingleton<TrustSigner>().AddRoutingCore().AddApiDescription();
        return options.GrpcListen is null ? services : services.AddAdminService();
    }

    /// <summary>Listens for HTTP/1.1 on <c>Admin:Listen</c>, and for HTTP/2 on <c>Admin:GrpcListen</c>.</summary>
    public static void ListenAdmin(this KestrelServerOptions kestrel, AdminOptions options)
    {
        kestrel.Listen(Listener.Admin, options.Listen is { } listen ? [listen] : [], endPoint => endPoint.Protocols = HttpProtocols.Http1);
        kestrel.Listen(Listener.AdminGrpc, options.GrpcListen is { } grpc ? [grpc] : [], endPoint => endPoint.Protocols = HttpProtocols.Http2);
    }

    public static void MapAdmin(this WebApplication app, AdminOptions options)
    {
        app.UseAdminSecurity(options);
        app.UseAdminToken(options);
        app.MapGet("/healthz", () => Results.Text("alive\n"));
        app.MapGet("/readyz", () => app.Lifetime switch
        {
            _ when app.Services.GetRequiredService<DrainDelay>().HasBegun => Results.Text("stopping\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            { ApplicationStopping.IsCancellationRequested: true } => Results.Text("stopping\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            { ApplicationStarted.IsCancellationRequested: false } => Results.Text("starting\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ when app.Services.GetService<ExchangeStatus>() is { IsReady: false } => Results.Text("looking for peers\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ when app.Services.GetService<ExchangeStatus>() is { ClockFault: { } fault } => Results.Text($"{fault}\n", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ => Results.Text("serving\n"),
        });
        app.MapPrometheusScrapingEndpoint("/metrics");

        app.MapApiDescription();
        if (options.GrpcListen is not null)
        {
            app.MapGrpcService<AdminService>();
        }

        var api = app.MapGroup("/api");
        api.MapGet("/status", (Delegate)(async (HttpContext http) => Results.Json(await Desk(http).StatusAsync(), AdminJson.Default.StatusReport)))
            .Describe<StatusReport>("What the node is doing");
        api.MapGet("/block/{**block}", BlockEndpoint.Answer)
            .Describe<AddressReport>("What the node has counted of an address or a network, who reported it, and the verdict", fails: StatusCodes.Status400BadRequest);
        api.MapPost("/unblock/{address}", UnblockEndpoint.Act)
            .Describe<UnblockReport>("Lets a host in again that the guard dropped or the relay refuses", fails: StatusCodes.Status400BadRequest);
        api.MapGet("/peers", (Delegate)(async (HttpContext http) => Results.Json(await Desk(http).PeersAsync(), AdminJson.Default.ExchangeReport)))
            .Describe<ExchangeReport>("The nodes that this one shares counts with");
        api.MapGet("/trust", (HttpContext http, string? search) => Results.Json(Desk(http).Trust(search), AdminJson.Default.TrustListReport))
            .Describe<TrustListReport>("The trusted list in force; with search only rows that contain the text");
        api.MapGet("/trust/{**subject}", TrustEndpoint.Answer)
            .Describe<TrustSubjectReport>("What the trusted list says of an address, a network or a host name", fails: StatusCodes.Status400BadRequest);
        api.MapGet("/trust/log", TrustEndpoint.Log)
            .Describe<IReadOnlyList<StatementReport>>("All signed statements of the trusted list; with author only those of one key", fails: StatusCodes.Status404NotFound);
        api.MapGet("/trust/verify", (Delegate)TrustEndpoint.VerifyAsync)
            .Describe<IReadOnlyList<VerifyReport>>("Whether any statement on the node's disk was changed, left out or forged");
        api.MapGet("/trust/export/{format}", TrustEndpoint.Export)
            .Describe<string>("The trusted list in force in the format of another program", fails: StatusCodes.Status400BadRequest, type: "text/plain");
        api.MapPost("/trust", (Delegate)TrustEndpoint.SignAsync).WithMetadata(new RequestSizeLimitAttribute(MaxBody))
            .Describe<TrustChangeReport>("Signs a statement of the trusted list with the key that the operator gave the node", fails: StatusCodes.Status422UnprocessableEntity);
        api.MapGet("/ask/{address}", (Delegate)AskEndpoint.AnswerAsync)
            .Describe<SightingReport>("What the network knows of an address, as a guard asks it", fails: StatusCodes.Status503ServiceUnavailable);
        api.MapGet("/queue", QueueEndpoints.List)
            .Describe<QueueReport>("The messages that were accepted and are not yet delivered, oldest first", fails: StatusCodes.Status404NotFound);
        api.MapGet("/queue/{id}", (Delegate)QueueEndpoints.ShowAsync)
            .Describe<QueuedMessageReport>("One message with its envelope", fails: StatusCodes.Status404NotFound);
        api.MapPost("/queue/{subject}/{action}", (Delegate)QueueEndpoints.ActAsync)
            .Describe<QueueActionReport>("Retries, holds or deletes a message, or all messages to a domain", fails: StatusCodes.Status404NotFound);
    }

    // For the description of the API: the summary, the answer, and the status of an answer that is one line of text.
    private static void Describe<T>(this RouteHandlerBuilder endpoint, string summary, int? fails = null, string type = "application/json")
    {
        endpoint.WithSummary(summary).Produces<T>(StatusCodes.Status200OK, type);
        if (fails is { } status)
        {
            endpoint.Produces<string>(status, "text/plain");
        }
    }

    private static AdminDesk Desk(HttpContext http) => http.RequestServices.GetRequiredService<AdminDesk>();
}
