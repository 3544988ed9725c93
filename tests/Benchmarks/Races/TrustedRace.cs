using System.Globalization;
using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Benchmarks.Races;

/// <summary>
/// What the checks of senders and the policies of TLS cost a trusted client's mail: nodes that differ in these settings, each a process of its own, in turn in
/// each round, to the same smtp-sink. Two nodes find it by a route, three by MX records, where policies are looked up. It has no policy and no STARTTLS.
/// </summary>
internal static class TrustedRace
{
    private const int Sessions = 20;
    private const int Octets = 4096;
    private const int Rounds = 7;
    private const int WarmUp = 2000;

    private static readonly string[] Off = ["Relay:Authentication=Off", "Relay:MtaSts=false"];

    /// <param name="messages">In each round to each node, by new and by kept connections.</param>
    public static async Task RunAsync(int messages)
    {
        await using var field = new RaceField();
        await field.StartSinkAsync();
        await using var dns = DnsListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new StaticZone(
            "",
            new MxRecord("bench.test", 3600, 0, "throttle-mx.test"),
            new MxRecord("bench.test", 3600, 10, "mail.bench.test"),
            new AddressRecord("mail.bench.test", 3600, IPAddress.Loopback)).Answer);
        string[] byMx = [$"Dns:Servers={dns.EndPoint}", "Network:Names=throttle-mx.test", $"Relay:Port={RaceField.Sink}", "Relay:AllowPrivateDestinations=true"];
        string[] route = [$"Relay:Routes:bench.test=127.0.0.1:{RaceField.Sink}"];
        var nodes = new List<Runner>
        {
            new("route, all off", RaceField.Node, []),
            new("route, defaults", RaceField.Node + 10, []),
            new("MX, all off", RaceField.Node + 20, []),
            new("MX, defaults", RaceField.Node + 30, []),
            new("MX, defaults and DANE", RaceField.Node + 40, []),
        };
        string[][] settings = [[.. route, .. Off], route, [.. byMx, .. Off], byMx, [.. byMx, "Dns:TrustAd=true"]];
        for (var i = 0; i < nodes.Count; i++)
        {
            await field.StartNodeAsync(nodes[i].Port, settings[i]);
            await RaceField.SendAsync(nodes[i].Port, WarmUp, Sessions, Octets, isKept: true);
        }

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var node in nodes)
            {
                node.Rates.Add((await RaceField.SendAsync(node.Port, messages, Sessions, Octets), await RaceField.SendAsync(node.Port, messages, Sessions, Octets, isKept: true)));
            }
        }

        foreach (var node in nodes)
        {
            var off = nodes[node.Name.StartsWith("route", StringComparison.Ordinal) ? 0 : 2];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{node.Name}: new {Median(node.Rates.Select(r => r.New)):F0}/s, kept {Median(node.Rates.Select(r => r.Kept)):F0}/s; to all off, median of the rounds: new {Median(node.Rates.Zip(off.Rates, (a, b) => a.New / b.New)):F3}, kept {Median(node.Rates.Zip(off.Rates, (a, b) => a.Kept / b.Kept)):F3}"));
        }

        Console.WriteLine($"{Rounds} rounds of {messages} messages of {Octets} octets, {Sessions} sessions; load average: {(await File.ReadAllTextAsync("/proc/loadavg")).Trim()}");
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private sealed record Runner(string Name, int Port, List<(double New, double Kept)> Rates);
}
