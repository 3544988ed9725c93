using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Admin;

/// <summary>/api/unblock/ADDRESS: lets a host in that the guard dropped or the relay refuses.</summary>
internal static class UnblockEndpoint
{
    public static IResult Act(HttpContext http, string address)
    {
        if (AdminSecurity.RefusalOf(http) is { } refusal)
        {
            return refusal;
        }

        if (!UnblockReport.TryParse(address, out var parsed, out var error))
        {
            return Results.Text(error + "\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var report = UnblockReport.Of(http.RequestServices.GetRequiredService<GuardDrops>().Unblock(parsed));
        http.RequestServices.GetRequiredService<ILogger<AdminDesk>>().Did($"{http.Connection.RemoteIpAddress}", $"unblock {report.Block}");
        return Results.Json(report, AdminJson.Default.UnblockReport);
    }
}
