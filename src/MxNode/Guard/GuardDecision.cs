using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The guard's decision about a question.</summary>
/// <param name="Reason">The reason of the decision.</param>
/// <param name="Address">The client; null if the question names none.</param>
/// <param name="IsSpared">Whether the client's block must not be dropped, because it holds a trusted host, a relay or this machine.</param>
/// <param name="PassesIn">With <see cref="GuardReason.Seen"/>: the time until the relays take the client's next message. Zero: now.</param>
/// <param name="Mail">The mail server's id of the mail; "" if it gives none.</param>
internal readonly record struct GuardDecision(GuardReason Reason, IPAddress? Address, bool IsSpared = false, TimeSpan PassesIn = default, string Mail = "")
{
    /// <summary>The client's block as the log shows it.</summary>
    public string Block => Address is null ? "unknown" : IpBlock.Of(Address).ToString();
}
