using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.Features;
using ThrottleNet.MxNode.Dashboard.Access;
using ThrottleNet.MxNode.Dashboard.Pages;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>The paths of the dashboard, beside those of the API on <c>Admin:Listen</c>.</summary>
internal static class DashboardEndpoints
{
    // Octets of a form: its fields are short.
    private const int MaxForm = 16 * 1024;

    public static void MapDashboard(this WebApplication app)
    {
        app.Services.GetRequiredService<DashboardAccess>(); // reads the token before the node serves
        app.MapGet("/assets/{name}", PageAssets.Answer);
        app.MapGet("/login", (HttpContext http, DashboardAccess access, PageRenderer renderer) =>
            access.IsAllowed(http) ? Redirect(http, "/") : renderer.AnswerAsync<LoginPage>(http));
        app.MapPost("/login", LogInAsync);

        var pages = app.MapGroup("").AddEndpointFilter(RequireLoginAsync);
        MapPage<OverviewPage>("/");
        MapPage<SessionsPage>("/sessions");
        MapPage<BlocksPage>("/blocks");
        MapPage<BlockPage>("/block");
        MapPage<NetworkPage>("/network");
        MapPage<HopsPage>("/hops");
        MapPage<TrustPage>("/trust");
        MapPage<GuardPage>("/guard");
        MapPage<QueuePage>("/queue");
        MapPage<SystemPage>("/system");
        pages.MapPost("/trust/enrol", (HttpContext http, TrustForms forms) => PostAsync(http, page => forms.AnswerAsync(page, "enrol")));
        pages.MapPost("/trust/renew", (HttpContext http, TrustForms forms) => PostAsync(http, page => forms.AnswerAsync(page, "renew")));
        pages.MapPost("/queue/change", (HttpContext http, QueueForms forms) => PostAsync(http, forms.ChangeAsync));
        pages.MapPost("/trust/deny", (HttpContext http, TrustForms forms) =>
            PostAsync(http, page => forms.AnswerAsync(page, page.Field("action") == "revoke" ? "revoke" : "suspend")));
        pages.MapPost("/guard/unblock", (HttpContext http, GuardForms forms) => PostAsync(http, forms.UnblockAsync<GuardPage>));
        pages.MapPost("/block/unblock", (HttpContext http, GuardForms forms) => PostAsync(http, forms.UnblockAsync<BlockPage>));
        pages.MapPost("/logout", (HttpContext http, DashboardAccess access) => PostAsync(http, _ =>
        {
            access.LogOut(http);
            return Redirect(http, "/login");
        }));

        void MapPage<TPage>(string path)
            where TPage : IComponent =>
            pages.MapGet(path, (HttpContext http, PageRenderer renderer) => renderer.AnswerAsync<TPage>(http));
    }

    // A page goes to the login; the script that refreshes a page learns that it must.
    private static async ValueTask<object?> RequireLoginAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (http.RequestServices.GetRequiredService<DashboardAccess>().IsAllowed(http))
        {
            return await next(context);
        }

        return HttpMethods.IsGet(http.Request.Method) && !http.Request.Headers.ContainsKey("X-Refresh")
            ? Results.Redirect("/login?to=" + Uri.EscapeDataString(http.Request.Path + http.Request.QueryString.ToString()))
            : Results.Text("log in first: /login\n", statusCode: StatusCodes.Status401Unauthorized);
    }

    private static Task LogInAsync(HttpContext http, DashboardAccess access, PageRenderer pages, ILogger<DashboardAccess> log) => PostAsync(http, async page =>
    {
        if (access.NeedsLogin && access.LogIn(http, page.Field("token")) is { } refusal)
        {
            log.WrongToken($"{http.Connection.RemoteIpAddress}");
            (page.Notice, page.HasFailed) = (refusal, true);
            await pages.AnswerAsync<LoginPage>(http, StatusCodes.Status403Forbidden);
            return;
        }

        log.LoggedIn($"{http.Connection.RemoteIpAddress}");

        var to = page.Field("to");
        await Redirect(http, IsPathHere(to) ? to : "/");
    });

    // A link may name another site. Browsers take a backslash for a slash, and leave control characters out.
    private static bool IsPathHere(string to) =>
        to.StartsWith('/') && !to.StartsWith("//", StringComparison.Ordinal) && !to.Contains('\\', StringComparison.Ordinal) && !to.Any(char.IsControl);

    /// <summary>Reads a form, and refuses one that did not come from a page of this node.</summary>
    private static async Task PostAsync(HttpContext http, Func<PageContext, Task> act)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MaxForm;
        }

        var page = http.RequestServices.GetRequiredService<PageContext>();
        page.Http = http;
        try
        {
            page.Form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(http.RequestAborted) : FormCollection.Empty;
        }
        catch (Exception e) when (e is BadHttpRequestException or InvalidDataException or IOException)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (!http.RequestServices.GetRequiredService<DashboardAccess>().IsFormToken(http, page.Form["form"].ToString()))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            await http.Response.WriteAsync("this form is not of this node, or the page is older than the node's start; open the page again\n");
            return;
        }

        await act(page);
    }

    private static Task Redirect(HttpContext http, string path)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = path;
        return Task.CompletedTask;
    }
}
