using System.Net;
using BenchmarkDotNet.Attributes;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.Benchmarks.Dashboard;

/// <summary>What the dashboard costs the mail: one count a recipient, and one entry a session.</summary>
[MemoryDiagnoser]
public class DashboardCostBenchmarks
{
    private readonly VerdictHistory _history = new(TimeProvider.System);
    private readonly RecentSessions _recent = new();
    private readonly IpBlock _block = IpBlock.Of(IPAddress.Parse("192.0.2.7"));

    [Benchmark]
    public void CountRecipient() => _history.Note(VerdictKind.Passed);

    [Benchmark]
    public void KeepSession() => _recent.Add(new RecentSession("01", DateTimeOffset.UnixEpoch, _block, "mail.example.net", "mail.example.net", null)
    {
        Outcome = "quit",
        Verdict = "forward",
        Reason = "PersonRate",
        Recipients = 1,
        RecipientsTaken = 1,
        Messages = 1,
        Domain = "example.com",
        NextHop = "mx.example.com",
        Answer = "250 2.0.0",
        Held = TimeSpan.Zero,
        Duration = TimeSpan.FromSeconds(1),
    });
}
