using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Content;
using ThrottleNet.MxNode.Dashboard;
using ThrottleNet.MxNode.Direct;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Egress;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Help;
using ThrottleNet.MxNode.Hosting.Supervision;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Spool;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.MxNode.Trust.Feed;
using ThrottleNet.MxNode.Zones;

namespace ThrottleNet.MxNode.Hosting;

/// <summary>A whole node in this process: Kestrel carries SMTP and HTTP, one host starts and stops it all.</summary>
internal sealed class NodeHost : IAsyncDisposable
{
    /// <summary>How long Kestrel waits for sessions to end before it aborts them. A message still in flight by then has a next hop that does not answer.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(45);

    private readonly IReadOnlyList<(Listener Listener, IPEndPoint EndPoint)> _endPoints;
    private readonly DataDirectory _data;
    private readonly WebApplication _app;
    private bool _isDisposed;

    private NodeHost(NodeConfiguration configuration, TimeProvider time, Action<ILoggingBuilder> logging, Func<ConfigurationResult> reread)
    {
        _endPoints = configuration.ListEndPoints();
        _data = DataDirectory.Open(configuration.Node.DataDirectory);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(NodeHost).Assembly.GetName().Name });
        logging(builder.Logging);
        AddFeatures(builder.Services, configuration, time);
        builder.Services
            .AddSingleton(new ConfigurationSource(configuration, reread))
            .AddSingleton<ConfigurationReloader>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, configuration));
        _app = builder.Build();
        _app.MapHelp(configuration.Smtp.HelpEndPoints);
        _app.MapAdmin(configuration.Admin);
        _app.MapDashboard();
        _app.MapExchange(configuration.Exchange);
        _app.MapEgress(configuration.Exchange);
        _app.MapSightings(configuration.Exchange);
        _app.MapGuard(configuration.Guard);
        _app.MapTrustFeed(configuration.Exchange);
    }

    public IServiceProvider Services => _app.Services;

    /// <summary>Where SMTP is spoken, with the ports that were bound.</summary>
    public IReadOnlyList<IPEndPoint> Smtp => Bound(Listener.Smtp);

    /// <summary>Where Postfix asks the guard.</summary>
    public IReadOnlyList<IPEndPoint> Guard => Bound(Listener.Guard);

    /// <summary>Where mail servers ask the guard by HTTP.</summary>
    public IReadOnlyList<IPEndPoint> GuardHttp => Bound(Listener.GuardHttp);

    /// <summary>Where Postfix asks the direct map.</summary>
    public IReadOnlyList<IPEndPoint> Direct => Bound(Listener.Direct);

    /// <summary>Where the help page is.</summary>
    public IReadOnlyList<IPEndPoint> Help => Bound(Listener.Help);

    /// <summary>Where the dashboard is; null for nowhere.</summary>
    public IPEndPoint? Admin => Bound(Listener.Admin).SingleOrDefault();

    /// <summary>Where the admin API is served by gRPC; null for nowhere.</summary>
    public IPEndPoint? AdminGrpc => Bound(Listener.AdminGrpc).SingleOrDefault();

    /// <summary>Where other nodes connect; null for nowhere.</summary>
    public IPEndPoint? Exchange => Bound(Listener.Exchange).SingleOrDefault();

    /// <summary>Where DNS is answered, with the ports that were bound.</summary>
    public IReadOnlyList<IPEndPoint> Dns => Services.GetService<ZoneServer>()?.EndPoints ?? [];

    /// <param name="configuration">A configuration without errors.</param>
    /// <param name="time">The node's clock.</param>
    /// <param name="logging">Sets the log up.</param>
    /// <param name="reread">Reads the configuration again, for the <see cref="ConfigurationReloader"/>; null: it never changes.</param>
    /// <exception cref="StartException">The data directory is in use or cannot be used.</exception>
    public static NodeHost Create(NodeConfiguration configuration, TimeProvider time, Action<ILoggingBuilder> logging, Func<ConfigurationResult>? reread = null) =>
        new(configuration, time, logging, reread ?? (() => new ConfigurationResult(configuration, [])));

    /// <exception cref="StartException">The node cannot start, for example because an address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancel = default)
    {
        // Kestrel would log a stack trace for an endpoint that it cannot listen on.
        foreach (var (listener, endPoint) in _endPoints)
        {
            ListenFault.Expect(listener, endPoint, mayBeTaken: false);
        }

        await _app.StartAsync(cancel);
    }

    /// <summary>Waits until it is cancelled, and stops.</summary>
    public Task RunAsync(CancellationToken cancel) => _app.WaitForShutdownAsync(cancel);

    public Task StopAsync(CancellationToken cancel = default) => _app.StopAsync(cancel);

    /// <summary>Ends the node at once, without the waits of <see cref="StopAsync"/>. Further calls have no effect.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            await EndTimersAsync();
            await _app.DisposeAsync();
            _data.Dispose();
        }
    }

    // The framework's publisher of health checks ends its timers when it is stopped, and not when it is disposed: they would keep the whole node in memory.
    private async Task EndTimersAsync()
    {
        foreach (var publisher in HostedServices().Where(s => s.GetType().Assembly == typeof(HealthCheckService).Assembly))
        {
            await publisher.StopAsync(CancellationToken.None);
        }
    }

    private IEnumerable<IHostedService> HostedServices()
    {
        try
        {
            return Services.GetServices<IHostedService>();
        }
        catch (StartException)
        {
            return []; // one cannot be made, so none has started
        }
    }

    // Of a service that two features add, the later one's is used: the exchange joins the ledger to its peers, and the cluster counts in place of the exchange.
    private static void AddFeatures(IServiceCollection services, NodeConfiguration configuration, TimeProvider time)
    {
        var data = configuration.Node.DataDirectory;
        IEnumerable<string> zones = [.. configuration.Network.Names, .. configuration.Trust.Zone is { } zone ? [zone] : Array.Empty<string>()];
        services
            .Configure<HostOptions>(host =>
            {
                host.ShutdownTimeout = DrainTime + configuration.Node.DrainDelay;
                host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore; // the host logs the failure, and mail goes on
            })
            .AddSingleton(time)
            .AddSingleton(new NodeInstance(configuration.Node.Name, configuration.Node.HostName, time.GetUtcNow()))
            .AddHelp(configuration.Smtp.HelpUrl, configuration.Smtp.HelpEndPoints, data, time)
            .AddListening()
            .AddTelemetry(configuration.Telemetry, configuration.Node.Name)
            .AddDns(configuration.Dns)
            .AddTrust(configuration.Trust, data)
            .AddThrottle(configuration.Throttle, data)
            .AddExchange(configuration.Exchange, data)
            .AddCluster(configuration.Cluster, configuration.Exchange, configuration.Throttle, data)
            .AddTrustFeed(configuration.Exchange)
            .AddLiveNodes(configuration.Exchange, zones, configuration.Smtp.Listen)
            .AddRelay(configuration.Network, configuration.Relay, new OwnIdentity(configuration.Node.HostName), data)
            .AddEgress(configuration.Relay, configuration.Exchange)
            .AddSpool(configuration.Spool, data)
            .AddContent(configuration.Content, configuration.Smtp.MaxMessageSize)
            .AddInbound(configuration.Node, configuration.Smtp)
            .AddZones(configuration.Network, configuration.Trust)
            .AddGuard(configuration.Guard, configuration.Exchange, configuration.Cluster, configuration.Smtp.Listen, data)
            .AddDirect(configuration.Direct)
            .AddAdmin(configuration.Admin)
            .AddDashboard()
            .AddDrainDelay(configuration.Node.DrainDelay)
            .AddSupervision(Environment.GetEnvironmentVariable);
    }

    private static void Listen(KestrelServerOptions kestrel, NodeConfiguration configuration)
    {
        kestrel.AddServerHeader = false;
        kestrel.ListenSmtp(configuration.Smtp);
        kestrel.ListenGuard(configuration.Guard);
        kestrel.ListenDirect(configuration.Direct);
        kestrel.ListenExchange(configuration.Exchange);
        kestrel.ListenAdmin(configuration.Admin);
        kestrel.ListenHelp(configuration.Smtp.HelpEndPoints);
    }

    private IReadOnlyList<IPEndPoint> Bound(Listener listener) => Services.GetRequiredService<BoundEndPoints>().Of(listener);
}
