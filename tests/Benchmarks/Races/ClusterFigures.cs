using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Benchmarks.Races;

/// <summary>
/// The figures of a cluster of three processes on this machine: relay speed beside a single node's, in turn; how attempts were ordered and judged; memory and
/// processor time without load; the time without an order after a kill and after a freeze. Every message is counted: the sender is not trusted, and its limit
/// is far away.
/// </summary>
internal static class ClusterFigures
{
    private const int Rounds = 5;
    private const int WarmUp = 500;
    private const int Sessions = 20;
    private const int TicksPerSecond = 100;
    private const string OrderBucket = "throttlenet_cluster_order_duration_seconds_bucket";

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);
    private static readonly string[] Names = ["a", "b", "c"];

    public static async Task RunAsync(int messages)
    {
        await using var field = await ClusterField.StartAsync(Names);
        await SendAsync(field.Single.Smtp, WarmUp);
        await SendAsync(field.Cluster["a"].Smtp, WarmUp);
        var idle = await DescribeIdleAsync(field);
        await CompareAsync(field, messages, idle);
        await DescribeOrderAsync(field.Cluster["a"]);
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

    // What the nodes use without load is not the attempts'.
    private static async Task CompareAsync(ClusterField field, int messages, double idle)
    {
        var (single, member) = (field.Single, field.Cluster["a"]);
        var ratios = new List<double>();
        var extra = new List<double>();
        for (var round = 1; round <= Rounds; round++)
        {
            var alone = await MeasureAsync([single], single.Smtp, messages);
            var joined = await MeasureAsync([.. field.Cluster.Values], member.Smtp, messages);
            ratios.Add(joined.PerSecond / alone.PerSecond);
            extra.Add(joined.Micros - alone.Micros - (idle * 1_000_000 / joined.PerSecond));
            Print($"round {round} of {Rounds}: single node {alone.PerSecond:0}/s, {alone.Micros:0} µs of processor a message; node of a cluster {joined.PerSecond:0}/s, {joined.Micros:0} µs at all three; ratio {ratios[^1]:0.00}");
        }

        Print($"relay speed: median ratio {Median(ratios):0.00} (aim 0.90); processor time of the cluster an attempt, without what it uses idle: median {Median(extra):0} µs more (aim 25)");
    }

    private static async Task DescribeOrderAsync(NodeProcess node)
    {
        using var client = new HttpClient { BaseAddress = node.Admin };
        var buckets = (await client.GetStringAsync(new Uri("metrics", UriKind.Relative))).Split('\n')
            .Where(l => l.StartsWith(OrderBucket, StringComparison.Ordinal))
            .Select(l => (Bound: l.Split("le=\"")[1].Split('"')[0], Count: double.Parse(l.Split("} ")[1].Split(' ')[0], CultureInfo.InvariantCulture))).ToList();
        var all = buckets[^1].Count;
        Print($"order of {all:0} attempts: p50 within {At(0.5)} s (aim 0.001), p99 within {At(0.99)} s (aim 0.03)");
        var cluster = (await node.StatusAsync()).GetProperty("cluster");
        Print($"judged by marker {cluster.GetProperty("byMarker")}, at the hold with an order {cluster.GetProperty("atHold")}, without one {cluster.GetProperty("unordered")}");

        string At(double share) => buckets.First(b => b.Count >= share * all).Bound;
    }

    // Returns the cores that the cluster's nodes use together without load, beyond a single node's.
    private static async Task<double> DescribeIdleAsync(ClusterField field)
    {
        NodeProcess[] nodes = [field.Single, field.Cluster["b"]];
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

    private static async Task<(double PerSecond, double Micros)> MeasureAsync(IReadOnlyList<NodeProcess> nodes, IPEndPoint target, int messages)
    {
        var before = nodes.Sum(n => Processor(n).TotalMicroseconds);
        var perSecond = await SendAsync(target, messages);
        return (perSecond, (nodes.Sum(n => Processor(n).TotalMicroseconds) - before) / messages);
    }

    private static async Task<double> SendAsync(IPEndPoint target, int messages)
    {
        var from = TimeProvider.System.GetTimestamp();
        (await Tool.RunAsync("smtp-source", "-N", "-s", $"{Sessions}", "-m", $"{messages}", "-l", "4096", "-f", "a@x.test", "-t", "b@bench.test", target.ToString())).Expect(0);
        return messages / TimeProvider.System.GetElapsedTime(from).TotalSeconds;
    }

    private static TimeSpan Processor(NodeProcess node)
    {
        var fields = File.ReadAllText($"/proc/{node.Id}/stat").Split(") ")[1].Split(' ');
        return TimeSpan.FromSeconds((double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
