using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Why the guard answers as it does; <see cref="GuardReplies"/> alone knows the words.</summary>
internal enum GuardReason
{
    /// <summary>A user of the destination itself, who has said a password.</summary>
    Authenticated,

    /// <summary>On the trusted list.</summary>
    Trusted,

    /// <summary>A relay of the network, or mail that came by one.</summary>
    Relay,

    /// <summary>The network saw the host: it is being slowed, and tries its luck here.</summary>
    Seen,

    /// <summary>A host nobody knows, told politely where to go.</summary>
    Courtesy,

    /// <summary>The same, told often enough.</summary>
    Exhausted,

    /// <summary>It cannot be told.</summary>
    Unsure,
}

/// <summary>What the guard makes of a request.</summary>
/// <param name="Address">The client; null where the request names none.</param>
/// <param name="IsSpared">Dropping its block would hit others: somebody trusted in it, or this machine.</param>
internal readonly record struct GuardDecision(GuardReason Reason, IPAddress? Address, bool IsSpared = false)
{
    /// <summary>The client's block as the log shows it.</summary>
    public string Block => Address is null ? "unknown" : IpBlock.Of(Address).ToString();
}
