using System.Net;
using System.Security.Cryptography;
using System.Text;
using ThrottleNet.MxNode.Admin;

namespace ThrottleNet.MxNode.Dashboard.Access;

/// <summary>Who may see the dashboard: everybody where no token is configured (loopback only), else browsers that have logged in with the token.</summary>
internal sealed class DashboardAccess(AdminOptions options, Logins logins, LoginTries tries)
{
    private readonly byte[]? _token = options.TokenFile is { } file ? Encoding.UTF8.GetBytes(File.ReadAllText(file).Trim()) : null;

    /// <summary>Whether a token is configured.</summary>
    public bool NeedsLogin => _token is not null;

    /// <summary>Whether the request's browser may see the pages.</summary>
    public bool IsAllowed(HttpContext http) => !NeedsLogin || logins.IsOpen(CookieOf(http));

    /// <summary>The token for the forms of the request's browser.</summary>
    public string FormToken(HttpContext http) => logins.FormToken(CookieOf(http));

    /// <inheritdoc cref="Logins.IsFormToken"/>
    public bool IsFormToken(HttpContext http, string token) => logins.IsFormToken(CookieOf(http), token);

    /// <summary>Logs the request's browser in.</summary>
    /// <returns>Null when it is; else what to show.</returns>
    public string? LogIn(HttpContext http, string token)
    {
        var address = http.Connection.RemoteIpAddress ?? IPAddress.None;
        if (!tries.MayTry(address))
        {
            return $"Too many wrong tokens came from {address}. Try again in a minute.";
        }

        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), _token))
        {
            tries.NoteWrong(address);
            return "This is not the node's token. The token is in the file that Admin:TokenFile names.";
        }

        http.Response.Cookies.Append(CookieName(http), logins.Open(), new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = http.Request.IsHttps,
            Path = "/",
            MaxAge = Logins.Term,
        });
        return null;
    }

    /// <summary>Logs the request's browser out.</summary>
    public void LogOut(HttpContext http)
    {
        logins.Close(CookieOf(http));
        http.Response.Cookies.Delete(CookieName(http), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });
    }

    private static string? CookieOf(HttpContext http) => http.Request.Cookies[CookieName(http)];

    // Cookies do not depend on the port: nodes of one machine must not log each other's browsers out.
    private static string CookieName(HttpContext http) => $"throttlenet-{http.Connection.LocalPort}";
}
