using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>Wires the throttle into the node.</summary>
internal static class ThrottleServices
{
    private const string SnapshotName = "ledger.snapshot";

    /// <summary>
    /// Adds the <see cref="NodeThrottle"/>, the <see cref="CountingEngine"/> under it, and the service that keeps its counts over restarts. An exchange or a
    /// cluster adds <see cref="ISharedCounts"/> and a <see cref="FaultTolerance"/>.
    /// </summary>
    public static IServiceCollection AddThrottle(this IServiceCollection services, ThrottleOptions options, string dataDirectory) => services
        .AddHealth()
        .AddSection(options)
        .AddSingleton<CountingClock>()
        .AddSingleton<WallClock>()
        .AddSingleton(CreateEngine)
        .AddSingleton(provider => new TrustedQuota(provider.GetRequiredService<CountingEngine>(), provider.GetService<ISharedCounts>()))
        .AddSingleton<LedgerAttachment>()
        .AddSingleton<RecentRecipients>()
        .AddSingleton<NodeThrottle>()
        .AddGauge("throttlenet.ledger.rows", "{row}", "rows in the ledger", provider => provider.GetRequiredService<CountingEngine>().Rows)
        .AddHostedService<ClockWatch>()
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<LedgerStore>(provider, Path.Combine(dataDirectory, SnapshotName)))
        .AddHostedService<LedgerKeeper>();

    private static CountingEngine CreateEngine(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<Live<ThrottleOptions>>();
        var engine = new CountingEngine(
            options.Current.ToLimits(), provider.GetRequiredService<CountingClock>().Now, provider.GetService<FaultTolerance>(), provider.GetService<ISharedCounts>());
        options.Changed += () => engine.Adopt(options.Current.ToLimits());
        return engine;
    }
}
