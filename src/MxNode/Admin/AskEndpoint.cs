using System.Net;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Admin;

/// <summary>/api/ask/ADDRESS: what the network knows of an address, as a guard asks it.</summary>
internal static class AskEndpoint
{
    public static async Task<IResult> AnswerAsync(HttpContext http, string address)
    {
        if (!IPAddress.TryParse(address, out var parsed))
        {
            return Results.Text($"\"{address}\" is no address; write one like 192.0.2.7 or 2001:db8::7\n", statusCode: StatusCodes.Status400BadRequest);
        }

        return await http.RequestServices.GetRequiredService<ISightings>().AskAsync(parsed, http.RequestAborted) is { } sighting
            ? Results.Json(SightingReport.Of(parsed, sighting), AdminJson.Default.SightingReport)
            : Results.Text("the network cannot be asked now; try again later\n", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
