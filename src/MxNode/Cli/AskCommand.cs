using System.CommandLine;
using System.Net;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Cli;

/// <summary><c>ask ADDRESS</c>: what the network knows of a host, as a guard asks it.</summary>
internal static class AskCommand
{
    public static Command Create()
    {
        var address = new Argument<string>("ADDRESS") { Description = "An IPv4 or IPv6 address." };
        address.Validators.Add(result =>
        {
            if (!IPAddress.TryParse(result.Tokens.SingleOrDefault()?.Value, out _))
            {
                result.AddError($"\"{result.Tokens.SingleOrDefault()?.Value}\" is no address; write one like 192.0.2.7 or 2001:db8::7");
            }
        });
        return AdminClient.Command("ask", "Tell what the network knows of an address: relay, trusted, seen.", address, a => $"api/ask/{a}", AdminJson.Default.SightingReport, Print);
    }

    private static void Print(SightingReport report)
    {
        var facts = new[]
        {
            report.Relay ? "is a relay of the network" : null,
            report.Trusted ? "is trusted" : null,
            report.Seen ? report.MinutesUntilFree > 0 ? $"was seen by the network, which takes its next message in {report.MinutesUntilFree} min" : "was seen by the network, which takes its next message now" : null,
            report.InTrustedBlock ? $"shares {report.Block} with a trusted host or a relay" : null,
        }.OfType<string>().ToList();
        Console.WriteLine($"{report.Address} {(facts.Count > 0 ? string.Join(", ", facts) : "is not known to the network")}");
    }
}
