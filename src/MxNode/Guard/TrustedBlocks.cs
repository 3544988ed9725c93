using System.Net;
using System.Net.Sockets;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Finds host blocks that hold a trusted address. A part of an IPv6 /64 may be trusted, and must not be dropped because of another part. Thread-safe.</summary>
internal sealed class TrustedBlocks(TrustBook trust)
{
    private const int SubnetPrefix = 64;

    private readonly Lock _lock = new();
    private TrustIndex? _index;
    private HashSet<IpBlock> _subnets = [];

    /// <summary>Whether the address, or another address of its block, is trusted.</summary>
    public bool Holds(IPAddress address) => trust.Find(address) is not null || IsSharedSubnet(IpBlock.Of(address));

    private bool IsSharedSubnet(IpBlock block)
    {
        if (block.IsIPv4)
        {
            return false;
        }

        lock (_lock)
        {
            if (!ReferenceEquals(_index, trust.Index))
            {
                _index = trust.Index;
                _subnets =
                [
                    .. _index.Disjoint()
                        .Where(e => e.Network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 && e.Network.PrefixLength > SubnetPrefix)
                        .Select(e => IpBlock.Of(e.Network.BaseAddress)),
                ];
            }

            return _subnets.Contains(block);
        }
    }
}
