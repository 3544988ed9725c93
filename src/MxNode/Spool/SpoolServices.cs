using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Wires the spool into the node.</summary>
internal static class SpoolServices
{
    /// <summary>The folder of the queue within the data directory.</summary>
    public const string Folder = "queue";

    /// <summary>Adds the spool, if it is enabled or an earlier start has left a queue. It needs the relay.</summary>
    public static IServiceCollection AddSpool(this IServiceCollection services, SpoolOptions options, string dataDirectory)
    {
        var folder = Path.Combine(dataDirectory, Folder);
        if (!options.Enabled && !Directory.Exists(folder))
        {
            return services;
        }

        return services
            .AddSingleton(options)
            .AddSingleton(provider => MessageQueue.Open(
                folder, options, provider.GetRequiredService<DescriptorBudget>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<MessageQueue>>()))
            .AddSingleton(provider => new DropDigest(folder, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => new DeliverySchedule(options.MaxDeliveries, PerDomain(provider.GetRequiredService<RelayOptions>()), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<QueueIntake>()
            .AddSingleton<SpoolMetrics>()
            .AddSingleton<SpoolEvents>()
            .AddSingleton<SenderProof>()
            .AddSingleton<SenderReports>()
            .AddSingleton<MessageDelivery>()
            .AddSingleton<QueueWorker>()
            .AddSingleton<SpoolMethod>()
            .AddSingleton<QueueDesk>()
            .AddSingleton<QueueRunner>()
            .AddHostedService(provider => provider.GetRequiredService<QueueRunner>())
            .AddHostedService<DigestService>()
            .AddGauge("throttlenet.queue.messages", "{message}", "messages in the queue", provider => provider.GetRequiredService<MessageQueue>().Count)
            .AddGauge("throttlenet.queue.size", "By", "octets of the messages in the queue", provider => provider.GetRequiredService<MessageQueue>().Octets)
            .AddGauge("throttlenet.queue.deliveries", "{delivery}", "deliveries under way", provider => provider.GetRequiredService<DeliverySchedule>().Running);
    }

    // The queue leaves half of a next hop's sessions to mail whose sender waits.
    private static int PerDomain(RelayOptions relay) => Math.Max(1, relay.MaxSessions / 2);
}
