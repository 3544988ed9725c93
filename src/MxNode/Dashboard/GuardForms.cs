using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Dashboard.Pages;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>Answers the button by which an operator lets a dropped host in again.</summary>
internal sealed class GuardForms(IServiceProvider services, PageRenderer pages, ILogger<GuardForms> log)
{
    public Task UnblockAsync(PageContext page)
    {
        if (!IPAddress.TryParse(page.Field("address"), out var address))
        {
            (page.Notice, page.HasFailed) = ($"\"{page.Field("address")}\" is not an address.", true);
        }
        else if (services.GetService<DropTable>() is not { } drops)
        {
            (page.Notice, page.HasFailed) = ("This node drops no hosts: Guard:DropSet is not set.", true);
        }
        else
        {
            var block = IpBlock.Of(address);
            drops.Remove(block);
            services.GetRequiredService<CourtesyBook>().Forget(block);
            page.Notice = $"{block} is let in again, with all its courtesies.";
            log.Did($"{page.Http.Connection.RemoteIpAddress}", $"unblock {block}");
        }

        return pages.AnswerAsync<GuardPage>(page.Http, page.HasFailed ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
    }
}
