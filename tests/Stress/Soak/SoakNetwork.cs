using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Demo;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.Stress.Soak;

/// <summary>Five nodes of five operators in this process, each linked with each over real sockets, and their common destination.</summary>
internal sealed class SoakNetwork : IAsyncDisposable
{
    public const string Domain = "soak.test";

    private const int Nodes = 5;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MeetingTime = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private readonly TestPki _pki = new("soak.test");
    private readonly ScriptedHop _destination = new() { KeepsMail = false };
    private readonly List<NodeHost> _nodes = [];
    private readonly MeterListener _meters = new();
    private readonly ErrorCount _errors = new();
    private long _batches;

    private SoakNetwork()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: NodeMetrics.MeterName, Name: "throttlenet.exchange.batches" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _batches, count));
        _meters.Start();
    }

    public IReadOnlyList<IPEndPoint> Smtp => _nodes.ConvertAll(n => n.Smtp[0]);

    /// <summary>Batches sent and received by all nodes so far.</summary>
    public long Batches => Interlocked.Read(ref _batches);

    /// <summary>Lines that the nodes logged as errors, and the first of them.</summary>
    public (int Count, string? First) Errors => (_errors.Count, _errors.First);

    /// <summary>Rows in the ledgers of all nodes.</summary>
    public int Rows => _nodes.Sum(n => n.Services.GetRequiredService<CountingEngine>().Rows);

    /// <summary>Messages that arrived at the destination.</summary>
    public int Arrived => _destination.Received;

    public static async Task<SoakNetwork> StartAsync()
    {
        var network = new SoakNetwork();
        try
        {
            await network.BeginAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.StopAsync();
            await node.DisposeAsync();
        }

        _meters.Dispose();
        await _destination.DisposeAsync();
        _pki.Dispose();
        _folder.Dispose();
    }

    private async Task BeginAsync()
    {
        for (var i = 0; i < Nodes; i++)
        {
            var name = $"node{i}";
            var node = await RunningHost.StartAsync(Configuration(name, _pki.Issue(name, $"operator{i}")), _errors);
            _nodes.Add(node);
        }

        using var deadline = new CancellationTokenSource(MeetingTime, TimeProvider.System);
        using var timer = new PeriodicTimer(LookEvery, TimeProvider.System);
        foreach (var exchange in _nodes.Select(n => n.Services.GetRequiredService<Neighbours>()))
        {
            while ((await exchange.DescribeAsync()).Peers.Count(p => p.State == "ready") < Nodes - 1)
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
        }
    }

    // Short holds, so that much mail passes. Snapshots at the shortest interval, because they cost most.
    private NodeConfiguration Configuration(string name, (string Certificate, string Key) pem) => new()
    {
        Node = new() { Name = name, HostName = $"{name}.soak.test", DataDirectory = _folder.File(name) },
        Smtp = new() { Listen = [new(IPAddress.Loopback, 0)], GreetDelay = TimeSpan.Zero },
        Relay = new() { Routes = new Dictionary<string, string> { [Domain] = _destination.EndPoint.ToString() }, AllowPrivateDestinations = true },
        Throttle = new() { Hold = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromSeconds(2), SnapshotInterval = TimeSpan.FromSeconds(10) },
        Exchange = new()
        {
            Listen = new(IPAddress.Loopback, 0),
            Peers = [.. _nodes.Take(1).Select(n => n.Exchange!.ToString())],
            Certificate = pem.Certificate,
            Key = pem.Key,
            Authority = _pki.Authority,
            BatchInterval = TimeSpan.FromMilliseconds(500),
        },
        Admin = new() { Listen = null },
    };

    private sealed class ErrorCount : ILoggerProvider, ILogger
    {
        private int _count;
        private string? _first;

        public int Count => Volatile.Read(ref _count);

        public string? First => Volatile.Read(ref _first);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Interlocked.Increment(ref _count);
                Interlocked.CompareExchange(ref _first, formatter(state, exception) + exception, null);
            }
        }

        public void Dispose()
        {
            // Holds nothing.
        }
    }
}
