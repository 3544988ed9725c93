using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Admin;

/// <summary>/api/unblock/ADDRESS: lets a host in that the guard dropped or the relay refuses.</summary>
internal static class UnblockEndpoint
{
    public static IResult Act(HttpContext http, string address) =>
        AdminSecurity.RefusalOf(http) is { } refusal ? refusal
        : UnblockReport.TryParse(address, out var parsed, out var error)
            ? Results.Json(UnblockReport.Of(http.RequestServices.GetRequiredService<GuardDrops>().Unblock(parsed)), AdminJson.Default.UnblockReport)
            : Results.Text(error + "\n", statusCode: StatusCodes.Status400BadRequest);
}
