using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// The guard's answers by HTTP/1.1 with JSON, for mail servers without the policy protocol, on the endpoints of
/// <c>Guard:HttpListen</c>. Those endpoints serve nothing else, and no other endpoint serves these paths.
/// </summary>
internal static class GuardHttp
{
    /// <summary>Octets of a request's headers and of its body; a question fits into its URL.</summary>
    private const int MaxRequest = 8 * 1024;

    public static void Listen(KestrelServerOptions kestrel, GuardOptions options) => kestrel.Listen(Listener.GuardHttp, options.HttpEndPoints, endPoint =>
        endPoint.Protocols = HttpProtocols.Http1);

    public static void Map(WebApplication app)
    {
        var guards = new ListenerFeature(Listener.GuardHttp);
        app.Use(static (http, next) =>
        {
            if (ListenerFeature.CameBy(http, Listener.GuardHttp) == (http.GetEndpoint()?.Metadata.GetMetadata<ListenerFeature>() is not null))
            {
                return next(http);
            }

            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        app.MapGet("/sighting", static (HttpContext http, string? address, ISightings sightings) => SightingAsync(http, address, sightings)).WithMetadata(guards);
        app.MapGet("/check", static (HttpContext http, string? address, string? mail, string? server, GuardDesk desk) => CheckAsync(http, address, mail, server, desk)).WithMetadata(guards);
    }

    // Answers what the network knows of an address. Counts nothing.
    private static async Task<IResult> SightingAsync(HttpContext http, string? address, ISightings sightings)
    {
        if (IsTooLong(http) || GuardQuestion.AddressOf(address ?? "") is not { } parsed)
        {
            return NoAddress(address);
        }

        return await sightings.AskAsync(parsed, http.RequestAborted) is { } sighting
            ? Results.Json(SightingReport.Of(parsed, sighting), GuardJson.Default.SightingReport)
            : Results.Text("the network cannot be asked now; try again later\n", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    // The decision about a mail, counted as Postfix's questions are.
    private static async Task<IResult> CheckAsync(HttpContext http, string? address, string? mail, string? server, GuardDesk desk)
    {
        if (IsTooLong(http) || GuardQuestion.AddressOf(address ?? "") is not { } parsed)
        {
            return NoAddress(address);
        }

        var decision = await desk.DecideAsync(new GuardQuestion(parsed, mail ?? "", Server: GuardQuestion.AddressOf(server ?? "")), http.RequestAborted);
        return Results.Json(CheckReport.Of(decision.Reason, desk.ReplyFor(decision)), GuardJson.Default.CheckReport);
    }

    private static bool IsTooLong(HttpContext http) => http.Request.QueryString.Value?.Length > MaxRequest;

    private static IResult NoAddress(string? address) =>
        Results.Text($"address: \"{(address?.Length > 64 ? address[..64] : address)}\" is no address; write one like 192.0.2.7 or 2001:db8::7\n", statusCode: StatusCodes.Status400BadRequest);
}
