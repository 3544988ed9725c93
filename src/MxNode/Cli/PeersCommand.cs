using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>peers</c>: the nodes that a running node shares counts with.</summary>
internal static class PeersCommand
{
    public static Command Create() =>
        AdminClient.Command("peers", "Show the nodes that a running node shares counts with.", null, _ => "api/peers", AdminJson.Default.ExchangeReport, Print);

    private static void Print(ExchangeReport report)
    {
        if (report.Network is not null)
        {
            PrintOwn(report);
        }

        foreach (var gateway in report.Gateways)
        {
            Console.WriteLine("another node of this cluster:");
            PrintOwn(gateway);
        }

        foreach (var node in report.Silent)
        {
            Console.WriteLine($"node {node} of this cluster did not answer within a second; its links are not shown");
        }

        if (report is { Network: null, Gateways: [], Silent: [] })
        {
            Console.WriteLine("this node shares no counts; to join a network, set Exchange:Peers or Exchange:Discover, or Exchange:Listen to be called");
        }
    }

    private static void PrintOwn(ExchangeReport report)
    {
        Console.WriteLine($"{report.Name} of {report.Operator} in {report.Network}, origin {report.Origin}, epoch {report.Epoch}, certificate valid until {report.CertificateUntil:u}");
        if (report.Peers.Count == 0)
        {
            Console.WriteLine("no peer is linked: the node judges by its own counts alone");
            return;
        }

        var table = Output.Table("node", "operator", "address", "opened by", "state", "last frame", "clock");
        foreach (var peer in report.Peers.OrderBy(p => p.Operator, StringComparer.Ordinal).ThenBy(p => p.Name, StringComparer.Ordinal))
        {
            table.AddRow(
                Markup.Escape(peer.Name), Markup.Escape(peer.Operator), Markup.Escape(peer.Address), peer.OpenedBy, peer.State,
                peer.LastReceived.ToString("u", CultureInfo.InvariantCulture), Clock(peer.SkewSeconds));
        }

        Output.Write(table);
        foreach (var peer in report.Peers)
        {
            foreach (var line in Egress(peer))
            {
                Console.WriteLine($"{peer.Name} of {peer.Operator}: {line}");
            }
        }
    }

    private static IEnumerable<string> Egress(NeighbourReport peer)
    {
        if (peer.CallsFrom is { } from)
        {
            yield return $"calls from {from}";
        }

        if (peer.SeesUsFrom is { } seen)
        {
            yield return $"sees this node call from {seen}";
        }

        if (peer.Sources.Count > 0)
        {
            yield return $"sends mail from {string.Join(", ", peer.Sources)}";
        }

        if (peer.LeftName)
        {
            yield return "has left the magic name, because destinations refuse it for its name";
        }

        foreach (var refusal in peer.RefusedBy)
        {
            yield return $"refused for its name by {refusal.Host}, {Plural.Of(refusal.Count, "time")}{(refusal.List is { } list ? $", naming {list}" : "")}";
        }
    }

    // The delay of the way is part of the skew, so less than a second is not worth showing.
    private static string Clock(double? skew) => skew switch
    {
        null => "not known",
        > -1 and < 1 => "equal",
        { } seconds => $"{TimeSpan.FromSeconds(Math.Round(Math.Abs(seconds)))} {(seconds > 0 ? "ahead" : "behind")}",
    };
}
