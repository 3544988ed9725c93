using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Where mail goes from here.</summary>
internal sealed class MailRoutes(NodeOptions node, DestinationFinder destinations, IDeliveryMethod delivery, MessageSpool texts)
{
    /// <summary>Gets mail to a postmaster without a domain (RFC 5321, section 4.5.1); null if the operator named nobody.</summary>
    public Mailbox? Postmaster { get; } = node.PostmasterMailbox();

    public DestinationFinder Destinations => destinations;

    public IDeliveryMethod Delivery => delivery;

    public MessageSpool Texts => texts;
}
