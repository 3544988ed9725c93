using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Direct;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Grpc;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Relay;
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
    // Kestrel waits so long for sessions to end before it cuts them; a message in flight is answered by then or was stuck.
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(45);

    // What a client may have sent ahead of our reading, octets. Beyond it TCP makes it wait.
    private const int ReadAhead = 64 * 1024;

    // Connections that wait to be accepted: a spray comes all at once.
    private const int Backlog = 4096;

    private readonly WebApplication _app;
    private readonly DataDirectory _data;
    private readonly List<ListenOptions> _smtp = [];
    private readonly List<ListenOptions> _guard = [];
    private readonly List<ListenOptions> _direct = [];
    private ListenOptions? _admin;
    private ListenOptions? _exchange;

    private NodeHost(NodeConfiguration configuration, TimeProvider time, Action<ILoggingBuilder> logging)
    {
        _data = DataDirectory.Open(configuration.Node.DataDirectory);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(NodeHost).Assembly.GetName().Name });
        logging(builder.Logging);
        builder.Services
            .Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime)
            .AddSingleton(configuration)
            .AddSingleton(time)
            .AddSingleton(new NodeStart(time.GetUtcNow()))
            .AddNodeMetrics(configuration.Telemetry)
            .AddDns(configuration.Dns)
            .AddTrust(configuration.Trust, configuration.Node.DataDirectory)
            .AddThrottle(configuration.Throttle, configuration.Node.DataDirectory)
            .AddExchange(configuration.Exchange, configuration.Node.DataDirectory)
            .AddLiveNodes(configuration)
            .AddRelay(configuration.Network, configuration.Relay, new OwnIdentity(configuration.Node.HostName), configuration.Node.DataDirectory)
            .AddInbound(configuration)
            .AddZones(configuration)
            .AddGuard(configuration.Guard, configuration.Node.DataDirectory)
            .AddDirect(configuration.Direct)
            .AddAdmin(configuration.Admin);
        if (configuration.Guard.AsksRelays && !configuration.Exchange.IsOn)
        {
            builder.Services.AddCredentials(configuration.Exchange);
        }

        builder.WebHost.UseKestrelCore()
            .UseSockets(sockets =>
            {
                // A session answers and waits again; it never computes for long. Handing each packet to another thread costs more than the work.
                sockets.UnsafePreferInlineScheduling = true;
                sockets.Backlog = Backlog;
            })
            .ConfigureKestrel(kestrel => Listen(kestrel, configuration));
        _app = builder.Build();
        _app.MapAdmin(configuration.Admin);
        _app.MapExchange(configuration.Exchange);
        _app.MapSightings(configuration.Exchange);
        _app.MapTrustFeed(configuration.Exchange);
        ShowFigures();
    }

    public IServiceProvider Services => _app.Services;

    /// <summary>Where SMTP is spoken, with the ports that were bound.</summary>
    public IReadOnlyList<IPEndPoint> Smtp => _smtp.ConvertAll(o => o.IPEndPoint!);

    /// <summary>Where Postfix asks the guard.</summary>
    public IReadOnlyList<IPEndPoint> Guard => _guard.ConvertAll(o => o.IPEndPoint!);

    /// <summary>Where Postfix asks the direct map.</summary>
    public IReadOnlyList<IPEndPoint> Direct => _direct.ConvertAll(o => o.IPEndPoint!);

    /// <summary>Where the dashboard is; null for nowhere.</summary>
    public IPEndPoint? Admin => _admin?.IPEndPoint;

    /// <summary>Where other nodes connect; null for nowhere.</summary>
    public IPEndPoint? Exchange => _exchange?.IPEndPoint;

    /// <summary>Where DNS is answered, with the ports that were bound.</summary>
    public IReadOnlyList<IPEndPoint> Dns => Services.GetService<ZoneServer>()?.EndPoints ?? [];

    /// <exception cref="StartException">The data directory is in use or cannot be used.</exception>
    public static NodeHost Create(NodeConfiguration configuration, TimeProvider time, Action<ILoggingBuilder> logging) =>
        new(configuration, time, logging);

    /// <exception cref="StartException">An address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancel = default)
    {
        try
        {
            await _app.StartAsync(cancel);
        }
        catch (Exception e) when (e is IOException { InnerException: AddressInUseException } or System.Net.Sockets.SocketException)
        {
            // Kestrel takes every address for HTTP's, and names those in use only.
            var cause = e.Message.TrimEnd('.').Replace("http://", "", StringComparison.Ordinal);
            throw new StartException($"{cause} (to listen on: {string.Join(", ", Configured())}); stop the other program or change Smtp:Listen, Guard:Listen, Direct:Listen, Exchange:Listen or Admin:Listen", e);
        }

        Services.GetRequiredService<OwnIdentity>().ListensOn(Smtp);
        Services.GetService<ExchangeService>()?.Begin(Exchange);
        Services.GetService<GuardLog>()?.ListensOn(Guard);
        Services.GetService<DirectLog>()?.Listening(string.Join(", ", Direct));
    }

    /// <summary>Waits until it is cancelled, and stops.</summary>
    public Task RunAsync(CancellationToken cancel) => _app.WaitForShutdownAsync(cancel);

    public Task StopAsync(CancellationToken cancel = default) => _app.StopAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _data.Dispose();
    }

    private IEnumerable<IPEndPoint> Configured()
    {
        var configuration = Services.GetRequiredService<NodeConfiguration>();
        IEnumerable<IPEndPoint> mail = [.. configuration.Smtp.Listen, .. configuration.Guard.EndPoints, .. configuration.Direct.EndPoints];
        return configuration.Admin.Listen is { } admin ? mail.Append(admin) : mail;
    }

    private void ShowFigures()
    {
        var metrics = Services.GetRequiredService<NodeMetrics>();
        var ledger = Services.GetRequiredService<Ledger>();
        var trust = Services.GetRequiredService<TrustBook>();
        metrics.Observe("throttlenet.ledger.rows", "{row}", "rows in the ledger", () => ledger.Rows);
        metrics.Observe("throttlenet.trust.entries", "{entry}", "entries of the trusted list", () => trust.Index.Count);
        metrics.Observe("throttlenet.peers", "{peer}", "links to other nodes", () => Services.GetService<ExchangeService>()?.States() ?? []);
    }

    private void Listen(KestrelServerOptions kestrel, NodeConfiguration configuration)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBufferSize = ReadAhead;
        GrpcTransport.Configure(kestrel.Limits.Http2); // between nodes is the only HTTP/2 there is
        foreach (var endPoint in configuration.Smtp.Listen)
        {
            kestrel.Listen(endPoint, options =>
            {
                options.UseConnectionHandler<SmtpConnectionHandler>();
                _smtp.Add(options);
            });
        }

        foreach (var endPoint in configuration.Guard.EndPoints)
        {
            kestrel.Listen(endPoint, options =>
            {
                options.UseConnectionHandler<GuardConnectionHandler>();
                _guard.Add(options);
            });
        }

        foreach (var endPoint in configuration.Direct.EndPoints)
        {
            kestrel.Listen(endPoint, options =>
            {
                options.UseConnectionHandler<DirectConnectionHandler>();
                _direct.Add(options);
            });
        }

        if (configuration.Exchange.Listen is { } exchange)
        {
            kestrel.Listen(exchange, options =>
            {
                options.UseExchange();
                _exchange = options;
            });
        }

        if (configuration.Admin.Listen is { } admin)
        {
            kestrel.Listen(admin, options =>
            {
                options.Protocols = HttpProtocols.Http1;
                _admin = options;
            });
        }
    }
}
