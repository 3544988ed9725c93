using System.Net;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Admin;

/// <summary>/api/unblock/ADDRESS: lets a host in that the guard dropped or the relay refuses.</summary>
internal static class UnblockEndpoint
{
    public static IResult Act(HttpContext http, string address)
    {
        if (!http.Request.Headers.ContainsKey(AdminSecurity.CommandHeader))
        {
            return Results.Text($"the header {AdminSecurity.CommandHeader} is missing\n", statusCode: StatusCodes.Status403Forbidden);
        }

        return IPAddress.TryParse(address, out var parsed)
            ? Results.Json(UnblockReport.Of(http.RequestServices.GetRequiredService<GuardDrops>().Unblock(parsed)), AdminJson.Default.UnblockReport)
            : Results.Text($"\"{address}\" is not an address; write one like 192.0.2.7 or 2001:db8::7\n", statusCode: StatusCodes.Status400BadRequest);
    }
}
