using System.Net;
using System.Net.Sockets;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Zones;

/// <summary>Serves the zones, by UDP and TCP, on every address of <c>Trust:DnsListen</c>.</summary>
internal sealed class ZoneServer(TrustOptions options, ZoneTable zones, DescriptorBudget descriptors, NodeHealth health, ILogger<ZoneServer> log) : IHostedService, IAsyncDisposable
{
    // An answer takes microseconds: more threads would only wait for the kernel.
    private const int MostWorkers = 4;

    private readonly List<DnsListener> _listeners = [];

    /// <summary>The bound endpoints.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _listeners.ConvertAll(listener => listener.EndPoint);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var listen in options.DnsListen)
        {
            var duties = new DnsDuties(descriptors, health.Of($"DNS server {listen}", DnsListener.ErrorPause, DnsListener.ErrorPause));
            try
            {
                _listeners.Add(DnsListener.Start(IPEndPoint.Parse(listen), zones.Answer, health.Time, log, Math.Min(Environment.ProcessorCount, MostWorkers), duties));
            }
            catch (SocketException e)
            {
                await DisposeAsync();
                throw ListenFault.Of(Listener.Dns, IPEndPoint.Parse(listen), e);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync();
        }
    }
}
