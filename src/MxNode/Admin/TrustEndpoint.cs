using ThrottleNet.TrustList.Exports;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Admin;

/// <summary>
/// /api/trust/SUBJECT: what the list says of an address, a network or a host name. /api/trust/log, /verify and /export/FORMAT: the logs and the list as a whole; a
/// host name has two labels or more, so these are no subjects. POST /api/trust: signs a statement.
/// </summary>
internal static class TrustEndpoint
{
    /// <param name="http">The request.</param>
    /// <param name="subject">From the path, perhaps with its slash escaped.</param>
    public static IResult Answer(HttpContext http, string subject) => TrustSubject.TryParseTyped(Uri.UnescapeDataString(subject), out var asked, out var error)
        ? Results.Json(Desk(http).Trust(asked), AdminJson.Default.TrustSubjectReport)
        : Results.Text(error + "\n", statusCode: StatusCodes.Status400BadRequest);

    /// <summary>The signed statements.</summary>
    /// <param name="http">The request.</param>
    /// <param name="author">The key whose statements are wanted; null: all.</param>
    public static IResult Log(HttpContext http, string? author) => Desk(http).TrustStatements(author) is { } statements
        ? Results.Json(statements, AdminJson.Default.IReadOnlyListStatementReport)
        : Results.Text(NoLogOf(author!) + "\n", statusCode: StatusCodes.Status404NotFound);

    /// <summary>Whether the logs are whole.</summary>
    public static async Task<IResult> VerifyAsync(HttpContext http) => Results.Json(await Desk(http).VerifyTrustAsync(), AdminJson.Default.IReadOnlyListVerifyReport);

    /// <summary>The list in force in the format of another program.</summary>
    public static IResult Export(HttpContext http, string format) => ListExport.Formats.Contains(format)
        ? Results.Bytes(Desk(http).ExportTrust(format), "text/plain; charset=utf-8")
        : Results.Text(NoFormat(format) + "\n", statusCode: StatusCodes.Status400BadRequest);

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

    /// <summary>The line for an author without a log.</summary>
    public static string NoLogOf(string author) => $"this node has no log of {author}";

    /// <summary>The line for an unknown format of exports.</summary>
    public static string NoFormat(string format) => $"{format} is no format; use one of {string.Join(", ", ListExport.Formats)}";

    /// <summary>The line for a program's user.</summary>
    public static string TextOf(TrustAnswer answer) => answer.Outcome switch
    {
        TrustOutcome.NoKey => $"this node has no key to sign with (Admin:TrustKeyFile); on the machine that has one, run: {answer.Text}",
        TrustOutcome.NeedsConfirmation => $"nothing is signed yet: {answer.Text}; if that is meant, add --yes and --anyway (in the API acceptDoubts and acceptOverlaps)",
        _ => answer.Text,
    };

    private static AdminDesk Desk(HttpContext http) => http.RequestServices.GetRequiredService<AdminDesk>();

    private static int StatusOf(TrustOutcome outcome) => outcome switch
    {
        TrustOutcome.WrongField => StatusCodes.Status400BadRequest,
        TrustOutcome.NoKey => StatusCodes.Status403Forbidden,
        TrustOutcome.NeedsConfirmation => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status422UnprocessableEntity,
    };
}
