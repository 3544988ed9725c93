using System.Text;
using ThrottleNet.MxNode.Spool;

namespace ThrottleNet.MxNode.Admin;

/// <summary>/api/queue: what the spool holds, and what the operator does with it.</summary>
internal static class QueueEndpoints
{
    private const int UsualLines = 100;
    private const int MaxLines = 100_000;
    private const int MaxHeader = 8 * 1024;

    /// <summary>The messages, oldest first; <c>?domain=</c> for those to one domain, <c>?limit=</c> for another number than 100.</summary>
    public static IResult List(HttpContext http, string? domain, int? limit) => WithQueue(http, desk => Results.Json(
        new QueueReport(
            desk.Queue.Count, desk.Queue.Octets, desk.Schedule.Running,
            [.. desk.Queue.All().Where(e => domain is null || e.Domain == domain).Take(Math.Clamp(limit ?? UsualLines, 1, MaxLines)).Select(LineOf)]),
        AdminJson.Default.QueueReport));

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
                LineOf(entry), envelope.Sender?.ToMailbox().ToString() ?? "", envelope.Client?.Address,
                [.. envelope.Recipients.Select((r, i) => new QueuedRecipientReport(r.ToMailbox().ToString(), entry.State.IsDone(i), entry.State.Answers?.GetValueOrDefault(i)))],
                head),
            AdminJson.Default.QueuedMessageReport);
    }

    /// <summary>Changes a message, or all messages to a domain: retry, hold, delete.</summary>
    public static async Task<IResult> ActAsync(HttpContext http, string subject, string action)
    {
        if (!http.Request.Headers.ContainsKey(AdminSecurity.CommandHeader))
        {
            return Results.Text($"the header {AdminSecurity.CommandHeader} is missing\n", statusCode: StatusCodes.Status403Forbidden);
        }

        if (http.RequestServices.GetService<QueueDesk>() is not { } desk)
        {
            return NoSpool;
        }

        IReadOnlyList<QueueEntry> entries = QueueId.TryParse(subject, out var id) ? desk.Queue.Find(id) is { } entry ? [entry] : [] : [.. desk.Queue.All().Where(e => e.Domain == subject)];
        if (entries.Count == 0)
        {
            return Unknown(subject);
        }

        foreach (var one in entries)
        {
            switch (action)
            {
                case "retry":
                    await desk.RetryAsync(one);
                    break;
                case "hold":
                    await desk.HoldAsync(one);
                    break;
                case "delete":
                    await desk.DeleteAsync(one);
                    break;
                default:
                    return Results.Text($"\"{action}\" is nothing that can be done with a message; use retry, hold or delete\n", statusCode: StatusCodes.Status400BadRequest);
            }
        }

        return Results.Json(new QueueActionReport(action, entries.Count), AdminJson.Default.QueueActionReport);
    }

    private static IResult NoSpool => Results.Text("this node has no queue; set Spool:Enabled\n", statusCode: StatusCodes.Status404NotFound);

    private static IResult Unknown(string subject) =>
        Results.Text($"the queue holds no message {subject}, and none to a domain of that name; see: queue list\n", statusCode: StatusCodes.Status404NotFound);

    private static IResult WithQueue(HttpContext http, Func<QueueDesk, IResult> answer) =>
        http.RequestServices.GetService<QueueDesk>() is { } desk ? answer(desk) : NoSpool;

    private static QueuedMessageLine LineOf(QueueEntry entry) => new(
        entry.Id.ToString(), entry.Arrived, entry.Place.Frame.TextLength, entry.Domain, entry.Pending, entry.State.Attempts,
        entry.IsRunning ? "active" : entry.State.IsHeld ? "held" : "waiting", entry.State.IsHeld ? null : entry.State.Next, entry.State.Answers?.Values.FirstOrDefault());
}
