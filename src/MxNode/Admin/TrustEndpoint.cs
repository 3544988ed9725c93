using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Admin;

/// <summary>/api/trust/SUBJECT: what the list says of an address, a network or a host name. POST /api/trust: signs a statement.</summary>
internal static class TrustEndpoint
{
    /// <param name="http">The request.</param>
    /// <param name="subject">From the path, perhaps with its slash escaped.</param>
    public static IResult Answer(HttpContext http, string subject) => TrustSubject.TryParse(Uri.UnescapeDataString(subject).TrimEnd('.').ToLowerInvariant(), out var asked, out var error)
        ? Results.Json(http.RequestServices.GetRequiredService<AdminDesk>().Trust(asked), AdminJson.Default.TrustSubjectReport)
        : Results.Text(error + "\n", statusCode: StatusCodes.Status400BadRequest);

    /// <summary>Signs a statement with the node's key.</summary>
    public static async Task<IResult> SignAsync(HttpContext http, TrustChange change)
    {
        if (AdminSecurity.RefusalOf(http) is { } refusal)
        {
            return refusal;
        }

        var answer = await http.RequestServices.GetRequiredService<TrustSigner>().AnswerAsync(change);
        if (answer.Report is not { } report)
        {
            return Results.Text(TextOf(answer) + "\n", statusCode: StatusOf(answer.Outcome));
        }

        http.RequestServices.GetRequiredService<ILogger<AdminDesk>>().Did($"{http.Connection.RemoteIpAddress}", answer.Text);
        return Results.Json(report, AdminJson.Default.TrustChangeReport);
    }

    /// <summary>The line for a program's user.</summary>
    public static string TextOf(TrustAnswer answer) => answer.Outcome switch
    {
        TrustOutcome.NoKey => $"this node has no key to sign with (Admin:TrustKeyFile); on the machine that has one, run: {answer.Text}",
        TrustOutcome.NeedsConfirmation => $"nothing is signed yet: {answer.Text}; if that is meant, add --yes and --anyway (in the API acceptDoubts and acceptOverlaps)",
        _ => answer.Text,
    };

    private static int StatusOf(TrustOutcome outcome) => outcome switch
    {
        TrustOutcome.WrongField => StatusCodes.Status400BadRequest,
        TrustOutcome.NoKey => StatusCodes.Status403Forbidden,
        TrustOutcome.NeedsConfirmation => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status422UnprocessableEntity,
    };
}
