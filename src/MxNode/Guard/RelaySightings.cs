using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Guard;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Asks relays what the network knows of a host, one after the other until one answers, first the relay that answered last. A relay need not know
/// all nodes, and a wrong "no" keeps mail out: unless the answer lets the host in, the other relays are asked as well. Thread-safe.
/// </summary>
internal sealed class RelaySightings : ISightings, IDisposable
{
    /// <summary>Silent relays that are waited for. The mail server would wait longer (Postfix 100 s), but its client is held meanwhile.</summary>
    private const int SilentRelays = 3;

    /// <summary>How long a positive answer is reused: the recipients of one mail come close together.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private const int MaxFresh = 10_000;

    private readonly ConcurrentDictionary<IPAddress, (HostSighting Sighting, long At)> _fresh = new();
    private readonly RelayClient[] _relays;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private int _first;

    public RelaySightings(GuardOptions options, ExchangeTls tls, CredentialStore credentials, GuardLog log, TimeProvider time)
    {
        _time = time;
        _patience = options.RelayTimeout * SilentRelays;
        _relays = [.. options.Relays.Select(text => PeerAddress.TryParse(text, out var relay)
            ? new RelayClient(relay, options.RelayTimeout, tls, credentials, log, time)
            : throw new ArgumentException($"{text} is not host:port", nameof(options)))];
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

        if (sighting is not { Seen: false, Trusted: false, Node: false })
        {
            Remember(address, sighting);
        }

        return sighting;
    }

    public void Dispose()
    {
        foreach (var relay in _relays)
        {
            relay.Dispose();
        }
    }

    private async ValueTask<HostSighting?> AskRelaysAsync(SightingRequest request, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(_patience, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        var first = Volatile.Read(ref _first);
        for (var i = 0; i < _relays.Length && !late.IsCancellationRequested; i++)
        {
            var relay = _relays[(first + i) % _relays.Length];
            if (await AskAsync(relay, request, end.Token, cancel) is { } answer)
            {
                Volatile.Write(ref _first, (first + i) % _relays.Length);
                return answer.Trusted || answer.Node ? answer : await AskOthersAsync(relay, answer, request, end.Token, cancel);
            }
        }

        return null;
    }

    // Only the first relay says whether a host is trusted: the list is the same everywhere, except for a relay's own entries.
    private async ValueTask<HostSighting> AskOthersAsync(RelayClient first, HostSighting answer, SightingRequest request, CancellationToken end, CancellationToken cancel)
    {
        var others = await Task.WhenAll(_relays.Where(r => r != first && !r.IsResting).Select(r => AskAsync(r, request, end, cancel)));
        return others.OfType<HostSighting>().Aggregate(answer, (all, other) => all with
        {
            Seen = all.Seen || other.Seen,
            Node = all.Node || other.Node,
            TrustedNeighbour = all.TrustedNeighbour || other.TrustedNeighbour || other.Trusted,
        });
    }

    private static async Task<HostSighting?> AskAsync(RelayClient relay, SightingRequest request, CancellationToken end, CancellationToken cancel)
    {
        try
        {
            return await relay.AskAsync(request, end) is { } s ? new HostSighting(s.Seen, s.Trusted, s.Node, s.TrustedNeighbour) : null;
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
