using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Carries mail by way of the queue, for the domains that the operator has named.</summary>
internal sealed class SpoolMethod(SpoolOptions options, QueueIntake queue, TimeProvider time) : IDeliveryMethod
{
    /// <inheritdoc cref="SpoolOptions.Takes"/>
    public bool Takes(string domain) => options.Takes(domain);

    public IDelivery Begin(Destination destination, ClientFacts client, MailCommand mail, SenderCheck? check = null) => new SpoolDelivery(queue, client, mail, time);
}
