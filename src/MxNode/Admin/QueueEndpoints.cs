using System.Text;
using ThrottleNet.MxNode.Spool;

namespace ThrottleNet.MxNode.Admin;

/// <summary>/api/queue: what the spool holds, and what the operator does with it.</summary>
internal static class QueueEndpoints
{
    private const int MaxHeader = 8 * 1024;

    /// <summary>The messages, oldest first; <c>?domain=</c> for those to one domain, <c>?limit=</c> for another number than 100.</summary>
    public static IResult List(HttpContext http, string? domain, int? limit) => http.RequestServices.GetService<QueueDesk>() is { } desk
        ? Results.Json(QueueReport.Of(desk, domain, limit), AdminJson.Default.QueueReport)
        : NoSpool;

    /// <summary>One message.</summary>
    public static async Task<IResult> ShowAsync(HttpContext http, string id)
    {
        if (http.RequestServices.GetService<QueueDesk>() is not { } desk)
        {
            return NoSpool;
        }

        if (!QueueId.TryParse(id, out var parsed) || desk.Queue.Find(parsed) is not { } entry)
        {
            return Unknown(id);
        }

        var loaded = await desk.Queue.LoadAsync(entry);
        using var text = loaded.Text;
        var head = "";
        await foreach (var piece in text.ReadPiecesAsync(0, http.RequestAborted))
        {
            head = Encoding.UTF8.GetString(piece.Span[..Math.Min(piece.Length, MaxHeader)]).Split("\r\n\r\n")[0];
            break;
        }

        var envelope = loaded.Envelope;
        return Results.Json(
            new QueuedMessageReport(
                QueuedMessageLine.Of(entry), envelope.Sender?.ToMailbox().ToString() ?? "", envelope.Client?.Address,
                [.. envelope.Recipients.Select((r, i) => new QueuedRecipientReport(r.ToMailbox().ToString(), entry.State.IsDone(i), entry.State.Answers?.GetValueOrDefault(i)))],
                head),
            AdminJson.Default.QueuedMessageReport);
    }

    /// <summary>Changes a message, or all messages to a domain: retry, hold, delete.</summary>
    public static async Task<IResult> ActAsync(HttpContext http, string subject, string action)
    {
        if (AdminSecurity.RefusalOf(http) is { } refusal)
        {
            return refusal;
        }

        if (http.RequestServices.GetService<QueueDesk>() is not { } desk)
        {
            return NoSpool;
        }

        if (!QueueChange.IsAction(action))
        {
            return Results.Text($"\"{action}\" is nothing that can be done with a message; use retry, hold or delete\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var changed = await QueueChange.ApplyAsync(desk, subject, action);
        if (changed == 0)
        {
            return Unknown(subject);
        }

        http.RequestServices.GetRequiredService<ILogger<AdminDesk>>().Did($"{http.Connection.RemoteIpAddress}", $"queue {action} {subject}");
        return Results.Json(new QueueActionReport(action, changed), AdminJson.Default.QueueActionReport);
    }

    private static IResult NoSpool => Results.Text(QueueChange.NoSpool + "\n", statusCode: StatusCodes.Status404NotFound);

    private static IResult Unknown(string subject) => Results.Text(QueueChange.Unknown(subject) + "\n", statusCode: StatusCodes.Status404NotFound);
}
