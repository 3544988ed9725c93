using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.TlsPolicy;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Looks up what a session with a mail exchanger needs: its addresses, and what TLS it must have.</summary>
internal sealed class HopLookups(HopAddresses addresses, TlsDemands demands, Live<RelayOptions> relay)
{
    private static readonly Task<TlsDemand> Routed = Task.FromResult(TlsDemand.Opportunistic);

    /// <inheritdoc cref="HopAddresses.FindAsync"/>
    public ValueTask<(HopLookup Outcome, IReadOnlyList<IPEndPoint> EndPoints)> FindAsync(MxHost host, CancellationToken cancel) => addresses.FindAsync(host, cancel);

    /// <summary>The TLS that a session must have to carry mail to the domains of a request. A route is the operator's own choice, and no policy is looked for.</summary>
    /// <param name="host">The mail exchanger.</param>
    /// <param name="request">Names the recipients' domains.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<TlsDemand> DemandAsync(MxHost host, ConnectRequest request, CancellationToken cancel) => host.IsRoute
        ? Routed
        : demands.FindAsync(host.Name, host.Port, request.Domains, request.Destination.SecureDomain, relay.Current.MtaSts, cancel).AsTask();
}
