using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using ThrottleNet.MxNode.Admin;

namespace ThrottleNet.MxNode.Cli;

/// <summary><c>peers</c>: whom a running node shares counts with.</summary>
internal static class PeersCommand
{
    public static Command Create() =>
        AdminClient.Command("peers", "Tell whom a running node shares counts with.", null, _ => "api/peers", AdminJson.Default.PeersReport, Print);

    private static void Print(PeersReport report)
    {
        if (report.Network is null)
        {
            Console.WriteLine("no exchange: the node keeps its counts to itself (set Exchange:Listen, Exchange:Peers or Exchange:Discover)");
            return;
        }

        Console.WriteLine($"{report.Name} of {report.Operator} in {report.Network}, origin {report.Origin}, epoch {report.Epoch}, certificate valid until {report.CertificateUntil:u}");
        if (report.Peers.Count == 0)
        {
            Console.WriteLine("no peer is linked: the node judges by what it sees itself");
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("node", "operator", "address", "opened by", "state", "last heard");
        foreach (var peer in report.Peers.OrderBy(p => p.Operator, StringComparer.Ordinal).ThenBy(p => p.Name, StringComparer.Ordinal))
        {
            table.AddRow(
                Markup.Escape(peer.Name), Markup.Escape(peer.Operator), Markup.Escape(peer.Address), peer.OpenedBy, peer.State,
                peer.LastHeard.ToString("u", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
    }
}
