using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Admin;

/// <summary>The subject of the command <c>block</c>: an address, or a network that is counted as one block.</summary>
/// <param name="Network">As it was asked for; an address is a network of one.</param>
/// <param name="Block">Its block.</param>
internal sealed record CountedBlock(IPNetwork Network, IpBlock Block)
{
    private const int IPv4Bits = 32;

    private static readonly int[] IPv4Prefixes = [32, 24, 16];
    private static readonly int[] IPv6Prefixes = [64, 48, 32];

    public bool IsHost => Block.Level == BlockLevel.Host;

    /// <summary>An address without its prefix length, a network with it.</summary>
    public string Text => Network.PrefixLength == Bits(Network) ? Network.BaseAddress.ToString() : Network.ToString();

    /// <summary>Reads an address or a network.</summary>
    /// <param name="text">E.g. 192.0.2.7, 192.0.2.0/24, 2001:db8::7 or 2001:db8::/32.</param>
    /// <param name="block">Null on failure.</param>
    /// <param name="error">On failure: what is wrong and how to correct it, on one line.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out CountedBlock? block, [NotNullWhen(false)] out string? error)
    {
        block = null;
        if (!NetworkText.TryParse(text, out var network, out error))
        {
            return false;
        }

        var host = IpBlock.Of(network.BaseAddress);
        var prefixes = host.IsIPv4 ? IPv4Prefixes : IPv6Prefixes;
        var level = network.PrefixLength == Bits(network) ? BlockLevel.Host : (BlockLevel)Array.IndexOf(prefixes, network.PrefixLength);
        block = level switch
        {
            BlockLevel.Host => new(network, host),
            BlockLevel.Site => new(network, host.Site),
            BlockLevel.Region => new(network, host.Region),
            _ => null,
        };
        error = block is null ? $"{text} is not counted as one block; ask about {Nearest(network, host)}" : null;
        return block is not null;
    }

    private static int Bits(IPNetwork network) => network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? IPv4Bits : 4 * IPv4Bits;

    private static string Nearest(IPNetwork network, IpBlock host)
    {
        IpBlock[] ladder = [host, host.Site, host.Region];
        var around = Array.FindIndex(ladder, b => b.ToNetwork().PrefixLength <= network.PrefixLength);
        return around < 0 ? $"a network inside it, such as {host.Region}" : $"{ladder[around]}, which has it inside";
    }
}
