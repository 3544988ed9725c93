using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Egress;

/// <summary>Wires into the node what it and its peers know of the addresses that its mail leaves from, and of its name.</summary>
internal static class EgressServices
{
    // Destinations shown as metrics: those that refuse most.
    private const int MostShown = 32;

    public static IServiceCollection AddEgress(this IServiceCollection services, RelayOptions relay, ExchangeOptions exchange)
    {
        services
            .AddSingleton<EgressLog>()
            .AddSingleton<EgressKnowledge>()
            .AddHostedService<EgressWatch>()
            .AddGauge("throttlenet.relay.name_refusals", "{reply}", "refusals for this relay's name since its start, by destination and list", provider => provider
                .GetRequiredService<NameRefusals>().Report().OrderByDescending(refusal => refusal.Count).Take(MostShown)
                .Select(refusal => new System.Diagnostics.Metrics.Measurement<int>(
                    (int)Math.Min(refusal.Count, int.MaxValue),
                    new KeyValuePair<string, object?>("destination", refusal.Host),
                    new KeyValuePair<string, object?>("list", refusal.List ?? "none"))));
        if (!exchange.IsOn)
        {
            return services;
        }

        return services
            .AddSingleton(new PeerNotes(relay.SourceAddresses))
            .AddSingleton<OwnNote>()
            .AddSingleton<NoteServer>()
            .LimitMessages<NoteServer>(NoteWire.MaxNote)
            .AddSingleton<NoteDialer>()
            .AddSingleton<LinkCompanion>(provider => provider.GetRequiredService<NoteDialer>().RunAsync)
            .AddGauge("throttlenet.relay.left_name", "{node}", "1 while this node has left the magic name, because destinations refuse it for its name", provider => provider.GetRequiredService<PeerNotes>().OwnLeftName ? 1 : 0);
    }

    /// <summary>Serves the notes at the exchange's endpoint.</summary>
    public static void MapEgress(this WebApplication app, ExchangeOptions options)
    {
        if (options.Listen is not null)
        {
            app.MapGrpcService<NoteServer>();
        }
    }
}
