using System.Net;
using System.Net.Sockets;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Asks the name servers of a zone themselves, past the resolver.</summary>
/// <param name="dns">Finds the servers.</param>
/// <param name="relay">Whether private addresses may be called.</param>
/// <param name="clock">The clock of the time limit.</param>
/// <param name="port">The port of name servers.</param>
internal sealed class ZoneServers(IDnsResolver dns, Live<RelayOptions> relay, TimeProvider clock, int port = DnsOptions.DefaultPort)
{
    /// <summary>The most addresses that are asked.</summary>
    public const int MostCalls = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // By UDP twice, because UDP may lose a packet, and the second time as an old server understands it.
    private static readonly DnsTransport[] Transports = [DnsTransport.UdpWithEdns, DnsTransport.PlainUdp];

    /// <summary>The zone that a name lies in, other than one of that name itself, and its servers; null if none is found.</summary>
    public async Task<(string Zone, IReadOnlyList<string> Servers)?> FindParentAsync(string name, CancellationToken cancel)
    {
        while (name.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0)
        {
            name = name[(dot + 1)..];
            if ((await dns.QueryAsync(name, DnsType.Ns, cancel)).Records.OfType<NsRecord>().Select(ns => ns.Server).Distinct().ToList() is { Count: > 0 } servers)
            {
                return (name, servers);
            }
        }

        return null;
    }

    /// <summary>Asks each address of each server.</summary>
    public async Task<IReadOnlyList<ZoneServerAnswer>> AskAsync(IEnumerable<string> servers, DnsQuestion question, CancellationToken cancel)
    {
        var found = await Task.WhenAll(servers.Select(async server => (server, (await dns.FindAddressesAsync(server, cancel)).Addresses)));
        return await Task.WhenAll(found
            .SelectMany(pair => pair.Addresses.Where(MayCall).Select(address => (pair.server, new IPEndPoint(address, port))))
            .Take(MostCalls)
            .Select(pair => AskAsync(pair.server, pair.Item2, question, cancel)));
    }

    // As for next hops: no zone makes this machine call hosts of its own network.
    private bool MayCall(IPAddress address) => relay.Current.AllowPrivateDestinations || PublicAddresses.Contains(address);

    private async Task<ZoneServerAnswer> AskAsync(string name, IPEndPoint endPoint, DnsQuestion question, CancellationToken cancel)
    {
        var server = new DnsUpstream(endPoint, clock);
        foreach (var transport in Transports)
        {
            using var limit = new CancellationTokenSource(Patience, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
            try
            {
                return new ZoneServerAnswer(name, endPoint, await DnsExchange.AskAsync(server, question, transport, wantsAd: false, either.Token));
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
                cancel.ThrowIfCancellationRequested();
            }
        }

        return new ZoneServerAnswer(name, endPoint, null);
    }
}
