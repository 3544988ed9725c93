using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Begins transactions with next hops.</summary>
internal sealed class Forwarder(RelayOptions options, NextHopConnector connector, TimeProvider clock, ILogger<RelayTransaction> logger)
{
    /// <summary>A transaction that bothers nobody until its first recipients are added.</summary>
    /// <param name="destination">As found by <see cref="DestinationFinder"/>.</param>
    /// <param name="client">Whose mail it is.</param>
    /// <param name="mail">As the client gave it.</param>
    public RelayTransaction Begin(Destination destination, ClientFacts client, MailCommand mail) =>
        new(destination, client, mail, options, connector, clock, logger);
}
