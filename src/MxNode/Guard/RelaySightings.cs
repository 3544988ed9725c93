using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Guard;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Asks relays what they know of a host: one after the other until one answers, beginning with the relay that answered last. A relay may
/// not know all nodes, and a wrong "unknown" keeps mail out; so unless the answer lets the host in, the other relays are asked too.
/// Thread-safe.
/// </summary>
internal sealed class RelaySightings : ISightings, IDisposable
{
    /// <summary>How many relays may time out before the mail server is answered. It would wait longer (Postfix 100 s), but its client is held meanwhile.</summary>
    private const int SilentRelays = 3;

    /// <summary>How long the answer about a known host is used again: the recipients of one mail come close together.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private const int MaxFresh = 10_000;

    private readonly ConcurrentDictionary<IPAddress, (HostSighting Sighting, long At)> _fresh = new();
    private readonly Live<GuardOptions> _options;
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly StrangerReports _reports;
    private readonly Func<PeerAddress, RelayClient> _create;
    private volatile RelayClient[] _relays = [];
    private int _first;

    public RelaySightings(Live<GuardOptions> options, StrangerReports reports, RelayChannels channels, GuardLog log, TimeProvider time)
    {
        _time = time;
        _reports = reports;
        _options = options;
        _create = relay => new RelayClient(relay, options.Current.RelayTimeout, channels, log, time);
        options.Changed += UseListed;
        UseListed();
    }

    public async ValueTask<HostSighting?> AskAsync(IPAddress address, CancellationToken cancel)
    {
        if (_fresh.TryGetValue(address, out var known) && _time.GetElapsedTime(known.At) < Fresh)
        {
            return known.Sighting;
        }

        if (await AskRelaysAsync(new SightingRequest { Address = ByteString.CopyFrom(address.GetAddressBytes()) }, cancel) is not { } sighting)
        {
            return null;
        }

        if (!sighting.IsStranger)
        {
            Remember(address, sighting);
        }

        return sighting;
    }

    public void Report(IPAddress address) => _reports.Add(address);

    /// <summary>Reports unknown hosts to all relays that answer. Relays that do not are left out.</summary>
    public Task ReportAsync(IReadOnlyList<IPAddress> addresses, CancellationToken cancel)
    {
        var report = new StrangerReport { Addresses = { addresses.Select(address => ByteString.CopyFrom(address.GetAddressBytes())) } };
        return Task.WhenAll(_relays.Where(relay => !relay.IsResting).Select(relay => relay.ReportAsync(report, cancel).AsTask()));
    }

    public void Dispose()
    {
        foreach (var relay in _relays)
        {
            relay.Dispose();
        }
    }

    // The relays that the configuration lists. One that it listed before keeps its connection.
    private void UseListed()
    {
        lock (_lock)
        {
            var before = _relays.ToDictionary(relay => relay.Address);
            var listed = _options.Current.Relays.Select(text => PeerAddress.TryParse(text, out var relay) ? relay : throw new InvalidOperationException($"{text} is not host:port")).Distinct();
            _relays = [.. listed.Select(relay => before.Remove(relay, out var known) ? known : _create(relay))];
            foreach (var left in before.Values)
            {
                left.Dispose();
            }
        }
    }

    private async ValueTask<HostSighting?> AskRelaysAsync(SightingRequest request, CancellationToken cancel)
    {
        var relays = _relays;
        using var late = new CancellationTokenSource(_options.Current.RelayTimeout * SilentRelays, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        var first = Volatile.Read(ref _first);
        for (var i = 0; i < relays.Length && !late.IsCancellationRequested; i++)
        {
            var relay = relays[(first + i) % relays.Length];
            if (await AskAsync(relay, request, end.Token, cancel) is { } answer)
            {
                Volatile.Write(ref _first, (first + i) % relays.Length);
                return answer.Trusted || answer.Relay ? answer : await AskOthersAsync(relay, answer, request, end.Token, cancel);
            }
        }

        return null;
    }

    // Only the first relay decides whether a host is trusted. The signed list is the same everywhere; other relays' own entries do not count.
    private async ValueTask<HostSighting> AskOthersAsync(RelayClient first, HostSighting answer, SightingRequest request, CancellationToken end, CancellationToken cancel)
    {
        var others = await Task.WhenAll(_relays.Where(r => r != first && !r.IsResting).Select(r => AskAsync(r, request, end, cancel)));
        return others.OfType<HostSighting>().Aggregate(answer, (all, other) => all with
        {
            Seen = all.Seen || other.Seen,
            Relay = all.Relay || other.Relay,
            InTrustedBlock = all.InTrustedBlock || other.InTrustedBlock || other.Trusted,
            PassesIn = all.PassesIn > other.PassesIn ? all.PassesIn : other.PassesIn,
        });
    }

    private static async Task<HostSighting?> AskAsync(RelayClient relay, SightingRequest request, CancellationToken end, CancellationToken cancel)
    {
        try
        {
            return await relay.AskAsync(request, end) is { } s
                ? new HostSighting(s.Seen, s.Trusted, s.Node, s.InTrustedBlock, TimeSpan.FromSeconds(s.PassesInSeconds))
                : null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private void Remember(IPAddress address, HostSighting sighting)
    {
        if (_fresh.Count >= MaxFresh)
        {
            _fresh.Clear();
        }

        _fresh[address] = (sighting, _time.GetTimestamp());
    }
}
