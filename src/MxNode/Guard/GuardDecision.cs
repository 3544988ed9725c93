using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The guard's decision about a question.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Address">The client; null where the question names none.</param>
/// <param name="IsSpared">Dropping the client's block would hit others: a trusted host or a relay in it, or this machine.</param>
/// <param name="PassesIn">With <see cref="GuardReason.Seen"/>: when the relays would take the client's next message. Zero: now.</param>
/// <param name="Mail">The mail server's id of the mail; "" where it gives none.</param>
internal readonly record struct GuardDecision(GuardReason Reason, IPAddress? Address, bool IsSpared = false, TimeSpan PassesIn = default, string Mail = "")
{
    /// <summary>The client's block as the log shows it.</summary>
    public string Block => Address is null ? "unknown" : IpBlock.Of(Address).ToString();
}
