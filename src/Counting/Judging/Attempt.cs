using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>One recipient that was tried and counted; not yet judged.</summary>
/// <param name="Host">Where it came from.</param>
/// <param name="Envelope">Host, reverse-path and recipient, hashed; see <see cref="RetryMemory"/>.</param>
/// <param name="ToPostmaster">The recipient is a postmaster, who must be reachable (RFC 5321, section 4.5.1).</param>
/// <param name="Before">The host's counts as they stood before it: its rank in a burst.</param>
/// <param name="Batch">The batch that tells the network of it; 0 where there is no network.</param>
internal readonly record struct Attempt(IpBlock Host, ulong Envelope, bool ToPostmaster, BlockCounts Before, ulong Batch = 0);
