using System.Net;
using System.Net.Sockets;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Egress;

/// <summary>
/// Checks the addresses that mail leaves from at the start, and compares them with the certificate and with what peers see while the node runs.
/// Takes this node out of the magic name and back.
/// </summary>
internal sealed class EgressWatch(
    RelayOptions options, NameRefusals refusals, OwnIdentity self, EgressLog log, NodeHealth health, EgressKnowledge known) : KeptService("own addresses", health)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Lines that were logged once; addresses change seldom.
    private const int MostLines = 64;

    private readonly HashSet<string> _said = [];

    /// <exception cref="StartException">A source address is not this machine's.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var source in options.SourceAddresses)
        {
            ExpectOwn(source);
        }

        Look();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Tries whether mail can leave from an address.</summary>
    /// <exception cref="StartException">It is not this machine's.</exception>
    public static void ExpectOwn(IPAddress source)
    {
        try
        {
            using var socket = new Socket(source.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(source, 0));
        }
        catch (SocketException e)
        {
            throw new StartException($"Relay:SourceAddresses: mail cannot leave from {source} ({e.Message.TrimEnd('.')}); name addresses of this machine, or leave the setting out", e);
        }
    }

    /// <summary>Compares once, and decides about the name.</summary>
    public void Look()
    {
        self.Sources = [.. options.SourceAddresses, .. known.Certificate()?.Egress ?? [], .. known.SeenFrom];
        foreach (var line in EgressComparison.Differences(options.SourceAddresses, known.Certificate(), known.IsOwn, known.SeenFrom))
        {
            if (_said.Count < MostLines && _said.Add(line))
            {
                log.Differs(line);
            }
        }

        if (known.Notes is not { } notes || refusals.ShouldLeave == notes.OwnLeftName)
        {
            return;
        }

        notes.OwnLeftName = !notes.OwnLeftName;
        if (notes.OwnLeftName)
        {
            var since = Time.GetUtcNow() - options.LeaveNameFor;
            var hosts = refusals.Report().Where(refusal => refusal.Last > since).OrderByDescending(refusal => refusal.Last).ToList();
            log.LeftName(hosts.Count, string.Join(", ", hosts.Take(5).Select(refusal => refusal.List is { } list ? $"{refusal.Host} by {list}" : refusal.Host)));
        }
        else
        {
            log.BackInName();
        }
    }

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }
}
