using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>A way of carrying mail: at once to the next hop (<see cref="Forwarder"/>), or by way of a spool.</summary>
internal interface IDeliveryMethod
{
    /// <summary>Begins a transaction. No connection is made before its first recipients are added.</summary>
    /// <param name="destination">As found by <see cref="DestinationFinder"/>; all recipients of the transaction share it.</param>
    /// <param name="client">The client that sends the mail.</param>
    /// <param name="mail">The client's MAIL command.</param>
    public IDelivery Begin(Destination destination, ClientFacts client, MailCommand mail);
}
