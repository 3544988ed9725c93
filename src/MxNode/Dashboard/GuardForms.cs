using System.Net;
using Microsoft.AspNetCore.Components;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>Answers the button by which an operator lets a host in again.</summary>
internal sealed class GuardForms(GuardDrops drops, PageRenderer pages, ILogger<GuardForms> log)
{
    /// <typeparam name="TPage">The page that has the button.</typeparam>
    public Task UnblockAsync<TPage>(PageContext page)
        where TPage : IComponent
    {
        if (!IPAddress.TryParse(page.Field("address"), out var address))
        {
            (page.Notice, page.HasFailed) = ($"\"{page.Field("address")}\" is not an address.", true);
        }
        else
        {
            var unblocked = drops.Unblock(address);
            page.Notice = $"{unblocked.Block} is let in again: guards drop it no longer, and its counts are forgotten.";
            log.Did($"{page.Http.Connection.RemoteIpAddress}", $"unblock {unblocked.Block}");
        }

        return pages.AnswerAsync<TPage>(page.Http, page.HasFailed ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
    }
}
