using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>A way of carrying mail: at once to the next hop (<see cref="Forwarder"/>), or by way of a spool.</summary>
internal interface IDeliveryMethod
{
    /// <summary>The check of a transaction's sender, so that it can begin while the client is held; null where this method has none. Does no I/O.</summary>
    public SenderCheck? CheckSender(ClientFacts client, MailCommand mail) => null;

    /// <summary>Begins a transaction. No connection is made before its first recipients are added.</summary>
    /// <param name="destination">As found by <see cref="DestinationFinder"/>; all recipients of the transaction share it.</param>
    /// <param name="client">The client that sends the mail.</param>
    /// <param name="mail">The client's MAIL command.</param>
    /// <param name="check">As <see cref="CheckSender"/> gave it; null: the method makes one where it needs it.</param>
    public IDelivery Begin(Destination destination, ClientFacts client, MailCommand mail, SenderCheck? check = null);
}
