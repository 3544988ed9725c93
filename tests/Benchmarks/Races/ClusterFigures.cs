using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Exchange;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Benchmarks.Races;

/// <summary>
/// The figures of a cluster of three processes on this machine: relay speed beside a single node's, in turn, of a trusted client and of one whose messages are all
/// counted (its limit is far away), on the same cores and on cores of its own; how attempts were ordered and judged; memory and processor time without load; the time without an order after a kill and
/// after a freeze.
/// </summary>
internal static class ClusterFigures
{
    // Each node takes the messages of three rounds: the shard of the sender's host is at one of them.
    private const int RoundsOfNode = 3;
    private const int SpreadRounds = 3;

    // The sessions of a round start within a second, and a node takes some thousands at a time.
    private const int MostSpread = 6000;
    private const int Regions = 16;
    private const int Sessions = 20;

    // As many as a node at full speed has over the internet, where a session lasts some 70 ms.
    private const int ManySessions = 100;
    private const int TicksPerSecond = 100;
    private const string FirstCore = "0", SecondCore = "1";
    private const string OrderBucket = "throttlenet_cluster_order_duration_seconds_bucket";

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);
    private static readonly string[] Names = ["a", "b", "c"];

    public static async Task RunAsync(int messages)
    {
        await using (var trusting = await ClusterField.StartAsync(Names, "Trust:Entries:0=127.0.0.1/32"))
        {
            await WarmUpAsync(trusting, messages);
            await CompareAsync(trusting, "trusted", messages);
            await CompareApartAsync(trusting, "trusted", messages);
        }

        await using var field = await ClusterField.StartAsync(Names);
        await WarmUpAsync(field, messages);
        var counted = await CompareAsync(field, "counted", messages);
        await DescribeOrderAsync(field.Cluster);
        var many = await CompareAsync(field, $"counted, {ManySessions} sessions at a time", messages, ManySessions);
        var spread = await CompareSpreadAsync(field, Math.Min(messages, MostSpread));
        var idle = await DescribeIdleAsync(field);
        await CompareApartAsync(field, "counted", messages);
        Print($"processor time of the cluster an attempt, without what it uses idle: median {Median(counted.Select(c => c.Extra(idle))):0} µs more (aim 25); {ManySessions} sessions at a time {Median(many.Select(c => c.Extra(idle))):0} µs more; spread over {Regions} regions and all nodes {Median(spread.Select(c => c.Extra(idle))):0} µs more");
        await DescribeOrderAsync(field.Cluster);
        await field.Cluster["c"].KillAsync();
        await PrintOutageAsync(field, "failover after kill -9", aim: 2);
        await field.StartNodeAsync("c");
        await field.ReadyAsync(Names);
        await field.Cluster["c"].PauseAsync();
        await PrintOutageAsync(field, "failover after SIGSTOP", aim: 5);
        await field.Cluster["c"].ResumeAsync();
        await field.ReadyAsync(Names);
        Print($"after SIGCONT: all nodes have an order of all shards again");
    }

    // Until the runtime has compiled what is called often.
    private static async Task WarmUpAsync(ClusterField field, int messages)
    {
        foreach (var node in field.Cluster.Values.Prepend(field.Single))
        {
            await SendAsync(node, messages, Sessions);
        }
    }

    // The nodes of a cluster have machines of their own. Here the node that is measured, the sender and the destination share the first core, and all other
    // nodes the second one, in both cases.
    private static async Task CompareApartAsync(ClusterField field, string client, int messages)
    {
        NodeProcess[] all = [field.Single, .. field.Cluster.Values];
        await PinAsync(FirstCore, field.SinkId);
        await CompareAsync(field, $"{client}, on a core of its own", messages, Sessions, PlaceAsync, "taskset", "-c", FirstCore);
        await Task.WhenAll(all.Select(n => n.Id).Append(field.SinkId).Select(id => PinAsync($"{FirstCore},{SecondCore}", id)));

        Task PlaceAsync(NodeProcess measured) => Task.WhenAll(all.Select(n => PinAsync(n == measured ? FirstCore : SecondCore, n.Id)));
    }

    private static Task<List<Comparison>> CompareAsync(ClusterField field, string client, int messages, int sessions = Sessions) =>
        CompareAsync(field, client, messages, sessions, _ => Task.CompletedTask);

    private static async Task<List<Comparison>> CompareAsync(
        ClusterField field, string client, int messages, int sessions, Func<NodeProcess, Task> place, params string[] starter)
    {
        var single = field.Single;
        var rounds = new List<Comparison>();
        foreach (var name in Names)
        {
            // A node is slow at first after another node of its cluster had the mail. So it takes a round before that does not count.
            await place(field.Cluster[name]);
            await SendAsync(field.Cluster[name], messages, sessions, starter);
            for (var round = 1; round <= RoundsOfNode; round++)
            {
                await place(single);
                var alone = await MeasureAsync([single], messages, () => SendAsync(single, messages, sessions, starter));
                await place(field.Cluster[name]);
                var joined = await MeasureAsync([.. field.Cluster.Values], messages, () => SendAsync(field.Cluster[name], messages, sessions, starter));
                rounds.Add(new(alone.PerSecond, alone.Micros, joined.PerSecond, joined.Micros));
                Print($"{client}, round {round} of {RoundsOfNode}: single node {alone.PerSecond:0}/s, {alone.Micros:0} µs of processor a message; node {name} of a cluster {joined.PerSecond:0}/s, {joined.Micros:0} µs at all three; ratio {rounds[^1].Ratio:0.00}");
            }
        }

        Print($"relay speed, {client} client: median ratio {Median(rounds.Select(r => r.Ratio)):0.00} (aim 0.90)");
        return rounds;
    }

    // All threads of a process run on these cores alone.
    private static async Task PinAsync(string cores, int process) =>
        (await Tool.RunAsync("taskset", "-a", "-p", "-c", cores, $"{process}")).Expect(0);

    // Hosts of many regions send to all nodes at once, so that all shards have work.
    private static async Task<List<Comparison>> CompareSpreadAsync(ClusterField field, int messages)
    {
        var rounds = new List<Comparison>();
        for (var round = 1; round <= SpreadRounds; round++)
        {
            var alone = await MeasureAsync([field.Single], messages, () => SprayAsync([field.Single], messages));
            var joined = await MeasureAsync([.. field.Cluster.Values], messages, () => SprayAsync([.. field.Cluster.Values], messages));
            rounds.Add(new(alone.PerSecond, alone.Micros, joined.PerSecond, joined.Micros));
            Print($"spread, round {round} of {SpreadRounds}: single node {alone.PerSecond:0}/s, {alone.Micros:0} µs of processor a message; three nodes of a cluster {joined.PerSecond:0}/s, {joined.Micros:0} µs");
        }

        return rounds;
    }

    private static async Task SprayAsync(IReadOnlyList<NodeProcess> nodes, int messages)
    {
        var each = messages / Regions;
        var sprays = await Task.WhenAll(Enumerable.Range(0, Regions).Select(region => Spray.RunAsync(
            null, new IPAddress([127, (byte)(100 + region), 0, 1]), each, nodes.Select(n => n.Smtp))));
        var accepted = sprays.Sum(s => s.Accepted);
        if (accepted < each * Regions)
        {
            throw new InvalidOperationException($"{each * Regions - accepted} messages were not accepted");
        }
    }

    private static async Task DescribeOrderAsync(IReadOnlyDictionary<string, NodeProcess> nodes)
    {
        var buckets = new Dictionary<string, double>();
        var judged = new Dictionary<string, long>();
        foreach (var node in nodes.Values)
        {
            using var client = new HttpClient { BaseAddress = node.Admin };
            foreach (var line in (await client.GetStringAsync(new Uri("metrics", UriKind.Relative))).Split('\n').Where(l => l.StartsWith(OrderBucket, StringComparison.Ordinal)))
            {
                var bound = line.Split("le=\"")[1].Split('"')[0];
                buckets[bound] = buckets.GetValueOrDefault(bound) + double.Parse(line.Split("} ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
            }

            var cluster = (await node.StatusAsync()).GetProperty("cluster");
            foreach (var basis in new[] { "byMarker", "atHold", "unordered" })
            {
                judged[basis] = judged.GetValueOrDefault(basis) + cluster.GetProperty(basis).GetInt64();
            }
        }

        var all = buckets.Values.Max();
        Print($"order of {all:0} attempts: p50 within {At(0.5)} s (aim 0.001), p99 within {At(0.99)} s (aim 0.03)");
        Print($"judged by marker {judged["byMarker"]}, at the hold with an order {judged["atHold"]}, without one {judged["unordered"]}");

        string At(double share) => buckets.Where(b => b.Value >= share * all).MinBy(b => b.Value).Key;
    }

    // Returns the cores that the cluster's nodes use together without load, beyond a single node's. After a start and after load they compile for some seconds.
    private static async Task<double> DescribeIdleAsync(ClusterField field)
    {
        NodeProcess[] nodes = [field.Single, field.Cluster["b"]];
        await Task.Delay(Idle, TimeProvider.System);
        var before = nodes.Select(Processor).ToList();
        await Task.Delay(Idle, TimeProvider.System);
        var cores = nodes.Select((n, i) => (Processor(n) - before[i]).TotalSeconds / Idle.TotalSeconds).ToList();
        var memory = nodes.Select(n => n.Memory() / 1024.0 / 1024).ToList();
        Print($"without load: single node {memory[0]:0} MiB, {cores[0]:0.0%} of a core; node of a cluster {memory[1]:0} MiB, {cores[1]:0.0%}: silo {memory[1] - memory[0]:0} MiB (aim 45), {cores[1] - cores[0]:0.0%} (aim 5 %)");
        return (Names.Length * cores[1]) - cores[0];
    }

    private static async Task PrintOutageAsync(ClusterField field, string what, int aim)
    {
        var since = TimeProvider.System.GetTimestamp();
        await field.ReadyAsync("a", "b");
        Print($"{what}: all shards ordered by the other nodes after {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0.0} s (aim {aim})");
    }

    private static async Task<(double PerSecond, double Micros)> MeasureAsync(IReadOnlyList<NodeProcess> nodes, int messages, Func<Task> send)
    {
        var before = nodes.Sum(n => Processor(n).TotalMicroseconds);
        var from = TimeProvider.System.GetTimestamp();
        await send();
        return (messages / TimeProvider.System.GetElapsedTime(from).TotalSeconds, (nodes.Sum(n => Processor(n).TotalMicroseconds) - before) / messages);
    }

    /// <param name="starter">The command that starts the sender; empty: itself.</param>
    private static async Task SendAsync(NodeProcess target, int messages, int sessions, params string[] starter)
    {
        string[] command = [.. starter, "smtp-source", "-N", "-s", $"{sessions}", "-m", $"{messages}", "-l", "4096", "-f", "a@x.test", "-t", "b@bench.test", target.Smtp.ToString()];
        (await Tool.RunAsync(command[0], command[1..])).Expect(0);
    }

    private static TimeSpan Processor(NodeProcess node)
    {
        var fields = File.ReadAllText($"/proc/{node.Id}/stat").Split(") ")[1].Split(' ');
        return TimeSpan.FromSeconds((double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    private static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered[ordered.Count / 2];
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>A single node and a cluster with the same load.</summary>
    private sealed record Comparison(double PerSecondAlone, double MicrosAlone, double PerSecond, double Micros)
    {
        public double Ratio => PerSecond / PerSecondAlone;

        /// <summary>Microseconds of processor that the cluster needs more for a message, without what its nodes use anyway.</summary>
        /// <param name="idle">Cores that its nodes use without load.</param>
        public double Extra(double idle) => Micros - MicrosAlone - (idle * 1_000_000 / PerSecond);
    }
}
