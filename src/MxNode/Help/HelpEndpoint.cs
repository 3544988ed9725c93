using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Help;

/// <summary>Serves the help page on the endpoints of <c>Smtp:HelpListen</c>, and nothing else there.</summary>
internal static class HelpEndpoint
{
    public static void ListenHelp(this KestrelServerOptions kestrel, IReadOnlyList<IPEndPoint> listen) => kestrel.Listen(Listener.Help, listen, endPoint =>
        endPoint.Protocols = HttpProtocols.Http1);

    /// <summary>Answers every request of these endpoints. Mapped before all other paths, so that none of them can be reached there.</summary>
    public static void MapHelp(this WebApplication app, IReadOnlyList<IPEndPoint> listen)
    {
        if (listen.Count == 0)
        {
            return;
        }

        var services = app.Services;
        var (desk, limits) = (services.GetRequiredService<HelpDesk>(), services.GetRequiredService<HelpLimits>());
        var (node, network) = (services.GetRequiredService<NodeOptions>(), services.GetRequiredService<NetworkOptions>());
        app.MapWhen(static http => ListenerFeature.CameBy(http, Listener.Help), help => help.Run(http => AnswerAsync(http, desk, limits, node, network)));
    }

    private static Task AnswerAsync(HttpContext http, HelpDesk desk, HelpLimits limits, NodeOptions node, NetworkOptions network)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = HelpPage.ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["X-Robots-Tag"] = "noindex";
        var visitor = http.Connection.RemoteIpAddress;
        if (visitor is null || !limits.Allows(IpBlock.Of(visitor)))
        {
            headers.RetryAfter = "60";
            return SayAsync(http, StatusCodes.Status429TooManyRequests, "too many requests; try again in a minute\n");
        }

        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            headers.Allow = "GET, HEAD";
            return SayAsync(http, StatusCodes.Status405MethodNotAllowed, "only GET is served here\n");
        }

        if (http.Request.Path.Value is not ("/" or ""))
        {
            return SayAsync(http, StatusCodes.Status404NotFound, "the help page is at /\n");
        }

        var state = desk.StateFor(visitor, http.Request.Query["address"].ToString(), http.Request.Query["id"].ToString());
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync(HelpPage.Build(state, network.Names is [var name, ..] ? name : "This network", node.HostName, node.Postmaster));
    }

    private static Task SayAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text);
    }
}
