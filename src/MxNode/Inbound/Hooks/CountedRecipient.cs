using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>A recipient that the throttle counts.</summary>
internal sealed class CountedRecipient(Recipient recipient)
{
    public Recipient Recipient => recipient;

    /// <summary>Its count as an untrusted host's; null while it is within a trusted quota.</summary>
    public Attempt? Attempt { get; set; }

    /// <summary>Its count against the host's trusted quota; null where the host has none, or is over it.</summary>
    public Attempt? Quota { get; set; }
}
