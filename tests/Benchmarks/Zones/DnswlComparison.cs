using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using ThrottleNet.Benchmarks.Trust;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TrustList;

namespace ThrottleNet.Benchmarks.Zones;

/// <summary>
/// The same list served by rbldnsd and by a node, each in its own process, with the same queries by dnsperf to one after the other, on
/// loopback. Answers a second are bounded by dnsperf too. Processor time an answer is the server's alone.
/// </summary>
internal static class DnswlComparison
{
    private const string Zone = "list.test";
    private const int Port = 5353;
    private const int Rounds = 3;
    private const int Seconds = 5;
    private const int Questions = 100_000;
    private const int TicksPerSecond = 100;

    private const string Theirs = "127.53.0.1";
    private const string Ours = "127.53.0.2";

    public static async Task RunAsync(int entries)
    {
        using var folder = new TemporaryFolder();

        var random = new Random(1);
        var list = Enumerable.Range(0, entries).Select(i => TrustSamples.Entry(random, ipv6: i % 5 == 0, clumped: false)).DistinctBy(entry => entry.Network).ToList();
        Console.WriteLine($"{list.Count} entries, {Questions} questions, half of them for listed addresses");
        var questions = Path.Combine(folder.Path, "questions");
        await File.WriteAllLinesAsync(questions, Enumerable.Range(0, Questions).Select(i => Question(random, i % 2 == 0 ? list[random.Next(list.Count)] : TrustSamples.Entry(random, i % 5 == 0, clumped: false))));
        await using var rbldnsd = StartRbldnsd(folder.Path, list);
        await using var node = StartNode(folder.Path, list);
        await node.LineAsync("its start", line => line.Contains("DNS on ", StringComparison.Ordinal));
        await AskAsync(Theirs, questions, 1);
        await AskAsync(Ours, questions, 3); // after this the code is compiled
        var ratios = new List<double>();
        for (var round = 1; round <= Rounds; round++)
        {
            var theirs = await MeasureAsync("rbldnsd", rbldnsd, Theirs, questions);
            var ours = await MeasureAsync("node", node, Ours, questions);
            ratios.Add(ours / theirs);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round} of {Rounds}: {ours / theirs:F2} of rbldnsd's answers a second"));
        }

        var load = (await File.ReadAllTextAsync("/proc/loadavg")).Trim();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median: {ratios.Order().ElementAt(Rounds / 2):F2}; load average: {load}"));
    }

    private static string Question(Random random, TrustEntry entry)
    {
        var octets = entry.Network.BaseAddress.GetAddressBytes();
        octets[^1] = entry.Network.PrefixLength == 32 ? octets[^1] : (byte)random.Next(256);
        return $"{ReverseName.Labels(new IPAddress(octets))}.{Zone} A";
    }

    private static RunningProcess StartRbldnsd(string folder, IEnumerable<TrustEntry> list)
    {
        using (var file = File.Create(Path.Combine(folder, "zone")))
        {
            ExportWriter.Write("rbldnsd", TrustIndex.Build(list), file);
        }

        string[] user = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];
        return RunningProcess.Start(new ProcessStartInfo("rbldnsd", ["-n", .. user, "-w", folder, "-b", $"{Theirs}/{Port}", $"{Zone}:combined:zone"]));
    }

    private static RunningProcess StartNode(string folder, IEnumerable<TrustEntry> list)
    {
        var file = Path.Combine(folder, "node.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            Node = new { DataDirectory = Path.Combine(folder, "data") },
            Smtp = new { Listen = new[] { "127.0.0.1:0" } },
            Admin = new { Listen = (string?)null },
            Trust = new { Entries = list.Select(entry => entry.Network.ToString()), Zone, DnsListen = new[] { $"{Ours}:{Port}" } },
        }));
        return RunningProcess.Start(NodeCommandLine.StartInfo(["run", "--config", file]));
    }

    private static async Task<double> MeasureAsync(string name, RunningProcess server, string address, string questions)
    {
        var before = ProcessorSeconds(server);
        var (answers, rate, summary) = await AskAsync(address, questions, Seconds);
        var micros = (ProcessorSeconds(server) - before) * 1e6 / answers;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-8} {rate,9:F0} answers/s, {micros:F1} us of processor time each; {summary}"));
        return rate;
    }

    private static async Task<(long Answers, double Rate, string Summary)> AskAsync(string address, string questions, int seconds)
    {
        string[] arguments = ["-s", address, "-p", $"{Port}", "-d", questions, "-l", $"{seconds}", "-c", "8", "-q", "400", "-t", "2"];
        var output = (await ProcessResult.OfAsync(new ProcessStartInfo("dnsperf", arguments))).Output;
        double Figure(string name) => double.Parse(Regex.Match(output, name + @":\s+([0-9.]+)").Groups[1].Value, CultureInfo.InvariantCulture);
        return ((long)Figure("Queries completed"), Figure("Queries per second"),
            $"lost {Figure("Queries lost")}; {Regex.Match(output, @"Response codes:\s+(.*)").Groups[1].Value}");
    }

    // Fields 14 and 15 of proc(5)'s stat, counted from after the program's name in brackets.
    private static double ProcessorSeconds(RunningProcess process)
    {
        var stat = File.ReadAllText($"/proc/{process.Id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
