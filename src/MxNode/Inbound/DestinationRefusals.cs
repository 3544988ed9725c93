using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Turns what is known of a recipient's domain into the reason to refuse the recipient.</summary>
internal static class DestinationRefusals
{
    /// <returns>Null if the domain's mail is taken.</returns>
    public static RefusalReason? For(DestinationStatus status) => status switch
    {
        DestinationStatus.Subscribed => null,
        DestinationStatus.NotSubscribed => RefusalReason.NotSubscribed,
        DestinationStatus.NoLongerSubscribed => RefusalReason.NoLongerSubscribed,
        DestinationStatus.AliasedMagicMx => RefusalReason.AliasedMagicMx,
        DestinationStatus.NullMx => RefusalReason.NullMx,
        DestinationStatus.NoRealMx => RefusalReason.NoRealMx,
        _ => RefusalReason.DnsFailure,
    };
}
