using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Calls the hosts behind an MX, magic or real. Each is looked up and called once for all checks.</summary>
internal sealed class ExchangeCalls(Viewpoint viewpoint, Live<RelayOptions> relay, HostBook hosts, ProbeBook probes)
{
    /// <summary>The most relays that are called. A sender tries fewer.</summary>
    public const int MostRelays = 8;

    // Addresses of one real MX.
    private const int MostServers = 4;

    /// <summary>What the DNS says of an MX.</summary>
    public Task<HostFacts> FindAsync(string exchange, CancellationToken cancel) => FindAsync(new MxHost(exchange, relay.Current.Port), cancel);

    /// <inheritdoc cref="FindAsync(string, CancellationToken)"/>
    public Task<HostFacts> FindAsync(MxHost host, CancellationToken cancel) => hosts.FindAsync(host, cancel);

    /// <summary>Whether senders on the internet, or in this network where the configuration allows that, can call an address.</summary>
    public bool MayCall(IPAddress address) => relay.Current.AllowPrivateDestinations || PublicAddresses.Contains(address);

    /// <summary>The calls of the relays behind a magic name, all under way. Relays know nothing yet of a domain that is only planned.</summary>
    public IReadOnlyList<Task<ProbeReport>> CallRelays(DomainView view, HostFacts magic, CancellationToken cancel) =>
    [
        .. magic.Addresses
            .Select(record => record.Address.Unmapped())
            .Where(MayCall)
            .Distinct()
            .Take(MostRelays)
            .Select(address => probes.CallRelayAsync(magic.Name, new IPEndPoint(address, relay.Current.Port), viewpoint.AsIf is null ? NodeTrial.PostmasterOf(view.Domain) : null, cancel)),
    ];

    /// <summary>The calls of a real MX.</summary>
    public async Task<IReadOnlyList<ProbeReport>> CallServersAsync(HostFacts server, CancellationToken cancel) =>
        await Task.WhenAll(server.EndPoints.Take(MostServers).Select(endPoint => probes.CallServerAsync(server.Name, endPoint, cancel)));

    /// <summary>The calls of an MX of the domain.</summary>
    public async Task<IReadOnlyList<ProbeReport>> CallAsync(DomainView view, string exchange, CancellationToken cancel)
    {
        var facts = await FindAsync(exchange, cancel);
        return view.Ours.Any(mx => mx.Exchange == exchange) ? await Task.WhenAll(CallRelays(view, facts, cancel)) : await CallServersAsync(facts, cancel);
    }
}
