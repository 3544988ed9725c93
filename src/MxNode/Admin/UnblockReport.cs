using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Admin;

/// <summary>What was done for a host that an operator unblocked; the answer of /api/unblock/ADDRESS.</summary>
/// <param name="Block">Its block: the address, or its IPv6 /64.</param>
/// <param name="WasDropped">A guard's firewall dropped its connections.</param>
/// <param name="WasRefused">The relay refused its connections.</param>
internal sealed record UnblockReport(string Block, bool WasDropped, bool WasRefused)
{
    public static UnblockReport Of(UnblockedHost host) => new(host.Block.ToString(), host.WasDropped, host.WasRefused);
}
