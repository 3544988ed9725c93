using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The result of unblocking a host.</summary>
/// <param name="Block">The host's block.</param>
/// <param name="WasDropped">A guard of this node or of its cluster dropped the host.</param>
/// <param name="WasRefused">This relay refused the host when it connected.</param>
internal readonly record struct UnblockedHost(IpBlock Block, bool WasDropped, bool WasRefused);
