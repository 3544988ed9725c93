using ThrottleNet.MxNode.Dashboard.Data;
using ThrottleNet.MxNode.Dashboard.Pages;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>Answers the forms of the page of the trusted list: signs, or shows the command that does.</summary>
internal sealed class TrustForms(TrustDesk desk, PageRenderer pages, ILogger<TrustForms> log)
{
    /// <param name="page">The request, with its form.</param>
    /// <param name="action">enrol, suspend or revoke.</param>
    public async Task AnswerAsync(PageContext page, string action)
    {
        try
        {
            var draft = desk.Draft(action, page.Field);
            if (!desk.CanSign)
            {
                (page.Notice, page.Command) = ("On the machine that has the trust key, run this command:", TrustDesk.Command(draft));
            }
            else if (await desk.SignAsync(draft, page.Field("anyway").Length > 0) is { } warnings)
            {
                (page.Notice, page.HasFailed, page.AsksToConfirm) = ($"Nothing is signed yet: {warnings}. Tick the box to sign nevertheless.", true, true);
            }
            else
            {
                page.Notice = $"{draft.Subject}: signed ({action}). It is in force here within seconds, and on the other nodes as soon as they have it.";
                log.Did($"{page.Http.Connection.RemoteIpAddress}", $"{action} {draft.Subject}");
            }
        }
        catch (Exception e) when (e is TrustRefusalException or IOException or UnauthorizedAccessException)
        {
            (page.Notice, page.HasFailed) = (e.Message, true);
        }

        await pages.AnswerAsync<TrustPage>(page.Http, page.HasFailed ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
    }
}
