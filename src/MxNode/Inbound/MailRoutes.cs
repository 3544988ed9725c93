using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Spool;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Where mail goes from here.</summary>
internal sealed class MailRoutes
{
    private readonly IDeliveryMethod _cutThrough;
    private readonly SpoolMethod? _spool;

    public MailRoutes(NodeOptions node, DestinationFinder destinations, IDeliveryMethod cutThrough, TextStore texts, InboundLog log, SpoolMethod? spool = null)
    {
        Destinations = destinations;
        _cutThrough = cutThrough;
        _spool = spool;
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

    /// <summary>How mail to a domain is carried.</summary>
    public IDeliveryMethod MethodOf(string domain) => _spool?.Takes(domain) == true ? _spool : _cutThrough;

    public TextStore Texts { get; }
}
