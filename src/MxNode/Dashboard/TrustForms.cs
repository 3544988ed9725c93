using System.Globalization;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Dashboard.Pages;

namespace ThrottleNet.MxNode.Dashboard;

/// <summary>Answers the forms of the page of the trusted list: signs, or shows the command that does.</summary>
internal sealed class TrustForms(TrustSigner signer, PageRenderer pages, ILogger<TrustForms> log)
{
    /// <param name="page">The request, with its form.</param>
    /// <param name="action">enrol, renew, suspend or revoke.</param>
    public async Task AnswerAsync(PageContext page, string action)
    {
        var rate = page.Field("rate");
        if (rate.Length > 0 && !(int.TryParse(rate, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0))
        {
            (page.Notice, page.HasFailed) = ($"{rate} is not a number of recipients an hour; write digits only, or nothing for no limit.", true);
        }
        else
        {
            Show(page, action, await signer.AnswerAsync(Read(page, action, rate.Length > 0 ? int.Parse(rate, CultureInfo.InvariantCulture) : null)));
        }

        await pages.AnswerAsync<TrustPage>(page.Http, page is { HasFailed: true, AsksToConfirm: false } ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
    }

    private static TrustChange Read(PageContext page, string action, int? rate)
    {
        var isConfirmed = page.Field("anyway").Length > 0;
        return new TrustChange(action, page.Field("subject"))
        {
            Kind = page.Field("kind"),
            Organisation = page.Field("organisation"),
            Contact = page.Field("contact"),
            RatePerHour = rate,
            Expires = page.Field("expires"),
            Reason = page.Field("reason"),
            AcceptDoubts = isConfirmed,
            AcceptOverlaps = isConfirmed,
        };
    }

    private void Show(PageContext page, string action, TrustAnswer answer)
    {
        switch (answer.Outcome)
        {
            case TrustOutcome.Signed:
                var warnings = string.Concat(answer.Report!.Warnings.Select(warning => $" Note: {warning}."));
                page.Notice = $"{answer.Report.Statement.Subject}: signed ({action}). It is in force here within seconds, and on the other nodes as soon as they have it.{warnings}";
                log.Did($"{page.Http.Connection.RemoteIpAddress}", answer.Text);
                break;
            case TrustOutcome.NoKey:
                (page.Notice, page.Command) = ("On the machine that has the trust key, run this command:", answer.Text);
                break;
            case TrustOutcome.NeedsConfirmation:
                (page.Notice, page.HasFailed, page.AsksToConfirm) = ($"Nothing is signed yet: {answer.Text}. Tick the box to sign nevertheless.", true, true);
                break;
            default:
                (page.Notice, page.HasFailed) = ($"{char.ToUpperInvariant(answer.Text[0])}{answer.Text[1..]}.", true);
                break;
        }
    }
}
