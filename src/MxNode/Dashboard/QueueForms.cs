using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Dashboard.Pages;
using ThrottleNet.MxNode.Spool;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>Answers the buttons of the queue: retry, hold, delete.</summary>
internal sealed class QueueForms(IServiceProvider services, PageRenderer pages, ILogger<QueueForms> log)
{
    public async Task ChangeAsync(PageContext page)
    {
        var (subject, action) = (page.Field("subject"), page.Field("action"));
        if (services.GetService<QueueDesk>() is not { } desk)
        {
            Fail(page, "This node keeps no queue.");
        }
        else if (!QueueChange.IsAction(action))
        {
            Fail(page, "Choose what to do: retry, hold or delete.");
        }
        else if (await QueueChange.ApplyAsync(desk, subject, action) is > 0 and var changed)
        {
            page.Notice = $"{Format.Count(changed, "message")} {Done(action)}.";
            log.Did($"{page.Http.Connection.RemoteIpAddress}", $"queue {action} {subject}");
        }
        else
        {
            Fail(page, $"The queue no longer holds {subject}: it was delivered, or deleted.");
        }

        await pages.AnswerAsync<QueuePage>(page.Http, page.HasFailed ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
    }

    private static string Done(string action) => action switch
    {
        "retry" => "will be tried at once",
        "hold" => "held until retried",
        _ => "deleted; nobody gets a report",
    };

    private static void Fail(PageContext page, string notice) => (page.Notice, page.HasFailed) = (notice, true);
}
