using ThrottleNet.Counting;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Admin;

/// <summary>The node's answers to its operator, the same by HTTP and by gRPC.</summary>
/// <param name="services">The node's services; those of features that are off are missing.</param>
internal sealed class AdminDesk(IServiceProvider services)
{
    private readonly Lock _lock = new();
    private Task<IReadOnlyList<VerifyReport>>? _verifying;

    private IReadOnlyList<string> Roots => services.GetRequiredService<Live<TrustOptions>>().Current.Roots;

    /// <summary>What the node is doing, and its whole cluster.</summary>
    public async Task<StatusReport> StatusAsync()
    {
        var node = services.GetRequiredService<NodeInstance>();
        var health = services.GetRequiredService<NodeHealth>();
        var descriptors = services.GetRequiredService<DescriptorBudget>();
        return new StatusReport(
            node.Name,
            node.HostName,
            NodeInstance.Version,
            node.Started,
            services.GetRequiredService<NodeMetrics>().OpenSessions,
            new(descriptors.Limit, descriptors.Open(Listener.Smtp), descriptors.Smtp, descriptors.OpenOutgoing, descriptors.Outgoing),
            services.GetRequiredService<CountingEngine>().Rows,
            services.GetRequiredService<TextStore>().Memory,
            [.. services.GetRequiredService<BoundEndPoints>().Of(Listener.Smtp).Select(e => e.ToString())],
            [.. services.GetRequiredService<TrustStore>().Held.Values.OrderBy(l => l.Author, StringComparer.Ordinal).Select(l => new TrustLogReport(l.Author, l.Head.Seq, l.FirstFork))],
            services.GetService<GuardTally>()?.Report(),
            services.GetService<ClusterMonitor>() is { } cluster ? await cluster.ReportAsync() : null,
            health.Faults,
            health.Components)
        {
            TrustLookedAt = services.GetRequiredService<TrustKeeper>().LastLook,
            LeftName = services.GetService<PeerNotes>()?.OwnLeftName ?? false,
            NameRefusals =
            [
                .. services.GetRequiredService<NameRefusals>().Report().OrderByDescending(refusal => refusal.Count)
                    .Select(refusal => new NameRefusalReport(refusal.Host, refusal.List, refusal.Count, refusal.Last)),
            ],
        };
    }

    /// <summary>What the node has counted of an address or a network, and the verdict.</summary>
    public AddressReport Block(CountedBlock asked) => BlockReports.Describe(
        asked, services.GetRequiredService<NodeThrottle>(), services.GetRequiredService<TrustBook>(), services.GetRequiredService<TimeProvider>().GetUtcNow());

    /// <summary>The nodes that this one shares counts with.</summary>
    public async Task<ExchangeReport> PeersAsync()
    {
        var report = services.GetService<Neighbours>() is { } neighbours ? await neighbours.DescribeAsync() : ExchangeReport.None;
        if (services.GetService<GatewayReports>() is not { } cluster)
        {
            return report;
        }

        var (gateways, silent) = await cluster.OthersAsync();
        return report with { Gateways = gateways, Silent = silent };
    }

    /// <summary>The trusted list in force.</summary>
    /// <param name="search">Only rows whose subject, organisation or contact contains this text; null: all.</param>
    public TrustListReport Trust(string? search)
    {
        var report = TrustListReport.Of(services.GetRequiredService<TrustKeeper>().List);
        return search is null ? report : report with { Rows = [.. report.Rows.Where(row => row.Contains(search))] };
    }

    /// <summary>The rows that cover a subject, and all statements about it.</summary>
    public TrustSubjectReport Trust(TrustList.Statements.TrustSubject subject) => TrustSubjectReport.Of(ReadLogs(), subject);

    /// <summary>All signed statements, or those of one key; null if the node has no log of that key.</summary>
    public IReadOnlyList<StatementReport>? TrustStatements(string? author) => StatementReport.AllOf(ReadLogs(), author);

    /// <summary>Verifies every octet of all logs on disk, on a thread of its own. It may take minutes, so all who ask meanwhile have the same result.</summary>
    public Task<IReadOnlyList<VerifyReport>> VerifyTrustAsync()
    {
        lock (_lock)
        {
            return _verifying is { IsCompleted: false } ? _verifying : _verifying = VerifyOnceAsync();
        }
    }

    /// <summary>The list in force, in the format of another program (<see cref="TrustList.Exports.ListExport.Formats"/>), as UTF-8.</summary>
    public byte[] ExportTrust(string format)
    {
        using var content = new MemoryStream();
        ExportWriter.Write(format, services.GetRequiredService<TrustBook>().Index, content);
        return content.ToArray();
    }

    private async Task<IReadOnlyList<VerifyReport>> VerifyOnceAsync()
    {
        IReadOnlyList<VerifyReport> reports = [];
        await DiskThread.RunAsync(() => reports = VerifyReport.OfAll(services.GetRequiredService<TrustStore>().Folder, Roots, services.GetRequiredService<TimeProvider>()));
        return reports;
    }

    private TrustState ReadLogs() => TrustState.Load(services.GetRequiredService<TrustStore>(), Roots, services.GetRequiredService<TimeProvider>().GetUtcNow());
}
