using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Where mail goes from here.</summary>
internal sealed class MailRoutes
{
    public MailRoutes(NodeOptions node, DestinationFinder destinations, IDeliveryMethod delivery, MessageSpool texts, InboundLog log)
    {
        Destinations = destinations;
        Delivery = delivery;
        Texts = texts;
        Postmaster = node.PostmasterMailbox();
        if (Postmaster is null)
        {
            log.NoPostmaster(node.HostName);
        }
    }

    /// <summary>Gets mail to this node's own postmaster (RFC 5321, section 4.5.1); null if the operator has set none.</summary>
    public Mailbox? Postmaster { get; }

    public DestinationFinder Destinations { get; }

    public IDeliveryMethod Delivery { get; }

    public MessageSpool Texts { get; }
}
