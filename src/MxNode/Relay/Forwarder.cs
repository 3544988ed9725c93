using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Delivers by cut-through: the client gets the next hop's replies, and the node never owns a message.</summary>
internal sealed class Forwarder(
    Live<RelayOptions> options, NextHopConnector connector, SenderAuthentication authentication, TimeProvider clock, ILogger<RelayTransaction> logger) : IDeliveryMethod
{
    public SenderCheck? CheckSender(ClientFacts client, MailCommand mail) => authentication.Begin(client, mail);

    public IDelivery Begin(Destination destination, ClientFacts client, MailCommand mail, SenderCheck? check = null) =>
        new RelayTransaction(new ConnectRequest(destination, client), mail, options.Current, connector, clock, logger) { Check = check ?? authentication.Begin(client, mail) };
}
