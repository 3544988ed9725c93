using ThrottleNet.MxNode.Configuration;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Delivers by cut-through: the client gets the next hop's replies, and the node never owns a message.</summary>
internal sealed class Forwarder(Live<RelayOptions> options, NextHopConnector connector, TimeProvider clock, ILogger<RelayTransaction> logger) : IDeliveryMethod
{
    public IDelivery Begin(Destination destination, ClientFacts client, MailCommand mail) =>
        new RelayTransaction(new ConnectRequest(destination, client), mail, options.Current, connector, clock, logger);
}
