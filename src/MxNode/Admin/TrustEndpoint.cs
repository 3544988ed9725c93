using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Admin;

/// <summary>/api/trust/SUBJECT: what the list says of an address, a network or a host name.</summary>
internal static class TrustEndpoint
{
    /// <param name="http">The request.</param>
    /// <param name="subject">From the path, perhaps with its slash escaped.</param>
    public static IResult Answer(HttpContext http, string subject) => TrustSubject.TryParse(Uri.UnescapeDataString(subject).TrimEnd('.').ToLowerInvariant(), out var asked, out var error)
        ? Results.Json(http.RequestServices.GetRequiredService<AdminDesk>().Trust(asked), AdminJson.Default.TrustSubjectReport)
        : Results.Text(error + "\n", statusCode: StatusCodes.Status400BadRequest);
}
