using ThrottleNet.Counting;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>Wires the throttle into the node.</summary>
internal static class ThrottleServices
{
    private const string SnapshotName = "ledger.snapshot";

    /// <summary>Adds the <see cref="Throttle"/>, the <see cref="Ledger"/> under it, and the service that keeps it over restarts.</summary>
    public static IServiceCollection AddThrottle(this IServiceCollection services, ThrottleOptions options, string dataDirectory)
    {
        services.AddSingleton(options);
        services.AddSingleton(s => new Ledger(options.ToLimits(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new RetryMemory(options.MaxEnvelopes, options.RetryWindow));
        services.AddSingleton<LedgerAttachment>();
        services.AddSingleton<Throttle>();
        services.AddGauge("throttlenet.ledger.rows", "{row}", "rows in the ledger", provider => provider.GetRequiredService<Ledger>().Rows);
        return services.AddHostedService(s => ActivatorUtilities.CreateInstance<LedgerKeeper>(s, Path.Combine(dataDirectory, SnapshotName)));
    }
}
