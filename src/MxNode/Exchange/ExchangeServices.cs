using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Wires the exchange into the node. A node without an exchange gets none of it.</summary>
internal static class ExchangeServices
{
    private const string EpochName = "exchange.epoch";
    private const string EvictionsName = "exchange.evicted";

    /// <summary>Adds what a node needs to connect to other nodes.</summary>
    public static IServiceCollection AddCredentials(this IServiceCollection services, ExchangeOptions options) => services
        .AddSection(options)
        .AddSingleton<ExchangeLog>()
        .AddSingleton<RefusalLog>()
        .AddSingleton<CredentialStore>()
        .AddReloadedFile(provider => provider.GetRequiredService<CredentialStore>().Refresh)
        .AddSingleton<CertificateWatch>()
        .AddHostedService(provider => provider.GetRequiredService<CertificateWatch>())
        .AddSingleton<PeerAdmission>()
        .AddSingleton<ExchangeTls>();

    public static IServiceCollection AddExchange(this IServiceCollection services, ExchangeOptions options, string dataDirectory) => !options.IsOn ? services : services
        .AddCredentials(options)
        .AddSingleton<Outbox>()
        .AddSingleton<ISharedCounts>(provider => provider.GetRequiredService<Outbox>())
        .AddSingleton(provider => new BatchTraces(provider.GetRequiredService<CredentialStore>().Initial.Self.Origin))
        .AddSingleton<HoldGate>()
        .AddSingleton<IHoldGate>(provider => provider.GetRequiredService<HoldGate>())
        .AddSingleton(provider => new EpochFile(Path.Combine(dataDirectory, EpochName), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new EvictionFile(Path.Combine(dataDirectory, EvictionsName), provider.GetRequiredService<ExchangeLog>()))
        .AddSingleton(provider => new FaultTolerance(provider.GetRequiredService<CredentialStore>().Initial.Self.Operator, options.Faulty))
        .AddSingleton(provider => new LedgerAttachment(() => StoredRanges.ExportAsync(provider.GetRequiredService<ExchangeInputs>())))
        .AddLoop()
        .AddLinks()
        .AddLinkServer(options)
        .AddSingleton<Neighbours>()
        .AddSingleton<ExchangeStatus>()
        .AddGauge("throttlenet.peers", "{peer}", "links to other nodes", provider => provider.GetRequiredService<ExchangeStatus>().Links())
        .AddGauge("throttlenet.exchange.skew", "s", "seconds by which a peer's clock is ahead of this node's", provider => provider.GetRequiredService<ExchangeStatus>().Skews());

    /// <summary>Adds the list of live nodes. Without an exchange it holds this node alone, with the addresses of <c>Smtp:Listen</c> except wildcards.</summary>
    public static IServiceCollection AddLiveNodes(
        this IServiceCollection services, ExchangeOptions options, IEnumerable<string> zones, IEnumerable<IPEndPoint> smtp)
    {
        var nodes = new LiveNodes();
        services.AddSingleton(nodes);
        if (options.IsOn)
        {
            return services
                .AddSingleton(new ServedZones([.. zones]))
                .AddSingleton<NodeNames>()
                .AddSingleton(provider => new OwnAltNames(provider.GetRequiredService<CredentialStore>(), provider.GetRequiredService<PeerNotes>(), takesMail: smtp.Any()))
                .AddHostedService<LiveNodesWatch>();
        }

        nodes.Replace([], smtp.Select(e => e.Address).Where(a => !a.Equals(IPAddress.Any) && !a.Equals(IPAddress.IPv6Any)));
        return services;
    }

    /// <summary>Listens for other nodes on <c>Exchange:Listen</c>: HTTP/2 under mutual TLS.</summary>
    public static void ListenExchange(this KestrelServerOptions kestrel, ExchangeOptions options)
    {
        PeerTransport.Configure(kestrel.Limits.Http2); // no other endpoint speaks HTTP/2
        kestrel.Listen(Listener.Exchange, options.Listen is { } listen ? [listen] : [], PeerCalls.UsePeerCalls);
    }

    /// <summary>Serves links, the health service and, if it is switched on, reflection.</summary>
    public static void MapExchange(this WebApplication app, ExchangeOptions options)
    {
        if (options.Listen is null)
        {
            return;
        }

        app.SeparatePeerCalls();
        app.MapGrpcService<LinkServer>();
        app.MapGrpcHealthChecksService();
        if (options.Reflection)
        {
            app.MapGrpcReflectionService();
        }
    }

    // Adds the state machine, its inputs, and the executor of its effects.
    private static IServiceCollection AddLoop(this IServiceCollection services) => services
        .AddSingleton<ExchangeInputs>()
        .AddSingleton<ExchangeStore>()
        .AddSingleton<FactLog>()
        .AddSingleton<ExchangeMonitor>()
        .AddSingleton<NodeExchangeHost>()
        .AddSingleton<IExchangeHost>(provider => provider.GetRequiredService<NodeExchangeHost>())
        .AddSingleton<EffectExecutor>()
        .AddSingleton<CoreSettings>()
        .AddSingleton<CoreFactory>()
        .AddSingleton<ExchangeLoop>()
        .AddLoopProbe("exchange", provider => provider.GetRequiredService<ExchangeInputs>().HandleAsync((_, _) => { }))
        .AddSingleton<NodeDrain>()
        .AddHostedService<ExchangeLoopService>()
        .AddHostedService<ExchangeTicker>()
        .AddHostedService<AdmissionRecheck>();

    private static IServiceCollection AddLinks(this IServiceCollection services) => services
        .AddSingleton<NodeLinks>()
        .AddSingleton<LinkCarrier>()
        .AddSingleton<LinkServer>()
        .AddSingleton<PeerFinder>()
        .AddSingleton<PeerConnector>()
        .AddSingleton<DialQueue>()
        .AddSingleton<LinkDialer>()
        .AddHostedService<OutgoingLinks>()
        .AddHostedService<PeerSearch>();

    private static IServiceCollection AddLinkServer(this IServiceCollection services, ExchangeOptions options)
    {
        if (options.Listen is null)
        {
            return services;
        }

        services.AddPeerCalls().LimitMessages<LinkServer>(ExchangeLimits.FrameSize).AddPeerHealth();
        return options.Reflection ? services.AddGrpcReflection() : services;
    }
}
