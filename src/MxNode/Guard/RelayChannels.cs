using Grpc.Net.Client;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Makes the channels over which relays are asked: mutual TLS, and each socket counted in the <see cref="DescriptorBudget"/>.</summary>
internal sealed class RelayChannels(ExchangeTls tls, CredentialStore credentials, DescriptorBudget descriptors)
{
    /// <summary>The credentials that a new channel uses.</summary>
    public NodeCredentials Credentials => credentials.Current();

    /// <param name="relay">The relay's certificate must contain this host.</param>
    /// <param name="timeout">A connection attempt that takes longer has failed.</param>
    public GrpcChannel Create(PeerAddress relay, TimeSpan timeout)
    {
        var handler = PeerTransport.CreateHandler(tls.ForClient([relay.Host], static _ => { }));
        handler.ConnectTimeout = timeout;
        handler.ConnectCallback = (context, cancel) => PeerTransport.ConnectAsync(socket => socket.ConnectAsync(context.DnsEndPoint, cancel), descriptors);
        return PeerTransport.CreateChannel(new Uri($"https://{relay}"), handler, SightingsServer.MaxMessage);
    }
}
