using System.CommandLine;
using ThrottleNet.MxNode.Admin;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>unblock ADDRESS</c>: lets a host in that the guard dropped or the relay refuses.</summary>
internal static class UnblockCommand
{
    public static Command Create()
    {
        var address = new Argument<string>("ADDRESS") { Description = "An IPv4 or IPv6 address; of an IPv6 address its whole /64." };
        address.Validators.Add(result =>
        {
            if (!UnblockReport.TryParse(result.Tokens.SingleOrDefault()?.Value, out _, out var error))
            {
                result.AddError(error);
            }
        });
        return AdminClient.Command(
            "unblock", "Let a host in again: take it out of the guard's drop set, and forget what this node or cluster counted of it.", address,
            a => $"api/unblock/{Uri.EscapeDataString(a!)}", AdminJson.Default.UnblockReport, Print, HttpMethod.Post);
    }

    private static void Print(UnblockReport report) => Console.WriteLine($"{report.Block}: " + (report switch
    {
        { WasDropped: true, WasRefused: true } => "no longer dropped, and no longer refused; its counts begin anew",
        { WasDropped: true } => "no longer dropped by the guard; its counts begin anew",
        { WasRefused: true } => "no longer refused; its counts begin anew",
        _ => "was neither dropped nor refused; its counts begin anew",
    }));
}
