using System.Net;
using System.Security.Cryptography;
using System.Text;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Keeps other web sites out of the dashboard that an operator's browser can reach.</summary>
internal static class AdminSecurity
{
    /// <summary>
    /// The header that requests which change something must carry. A page of another site cannot set it without asking this endpoint first
    /// (a CORS preflight), which is never allowed.
    /// </summary>
    public const string CommandHeader = "ThrottleNet-Command";

    // The pages load the node's own scripts and styles. Nothing inline runs in them, nothing of other sites, and no other page may frame them.
    private const string ContentSecurityPolicy =
        "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly string[] Guarded = ["/api", "/metrics", AdminService.Path];

    /// <summary>The answer to a request that is to change something and lacks the <see cref="CommandHeader"/>; null if it has it.</summary>
    public static IResult? RefusalOf(HttpContext http) => http.Request.Headers.ContainsKey(CommandHeader)
        ? null
        : Results.Text($"the header {CommandHeader} is missing\n", statusCode: StatusCodes.Status403Forbidden);

    /// <summary>
    /// Refuses a request to the admin endpoint whose Host header is a name of another host. So a page of another site, whose own name was made to
    /// lead to this address (DNS rebinding), cannot read anything. An address in the Host header is accepted. Adds the headers that restrict the browser.
    /// </summary>
    public static void UseAdminSecurity(this WebApplication app, AdminOptions options)
    {
        var node = app.Services.GetRequiredService<NodeInstance>();
        string[] names = ["localhost", node.HostName, .. options.HostNames];
        app.UseWhen(
            http => ListenerFeature.CameBy(http, Listener.Admin) || ListenerFeature.CameBy(http, Listener.AdminGrpc),
            admin => admin.Use((http, next) =>
            {
                var headers = http.Response.Headers;
                headers.ContentSecurityPolicy = ContentSecurityPolicy;
                headers.XContentTypeOptions = "nosniff";
                headers.XFrameOptions = "DENY";
                headers["Referrer-Policy"] = "no-referrer";
                if (IsKnown(http.Request.Host.Host, names))
                {
                    return next(http);
                }

                http.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
                return http.Response.WriteAsync($"this is node {node.Name}: use its address, or add the name to Admin:HostNames\n");
            }));
    }

    /// <summary>Refuses requests for figures and counts that do not carry the token as a bearer token (RFC 6750). Without a token file all are answered.</summary>
    public static void UseAdminToken(this WebApplication app, AdminOptions options)
    {
        if (options.TokenFile is null)
        {
            return;
        }

        var token = Encoding.UTF8.GetBytes($"Bearer {File.ReadAllText(options.TokenFile).Trim()}");
        app.UseWhen(
            http => Guarded.Any(path => http.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase)),
            guarded => guarded.Use((http, next) =>
            {
                if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString()), token))
                {
                    return next(http);
                }

                http.Response.StatusCode = StatusCodes.Status401Unauthorized;
                http.Response.Headers.WWWAuthenticate = "Bearer";
                return Task.CompletedTask;
            }));
    }

    private static bool IsKnown(string host, string[] names) => IPAddress.TryParse(host, out _) || names.Contains(host, StringComparer.OrdinalIgnoreCase);
}
