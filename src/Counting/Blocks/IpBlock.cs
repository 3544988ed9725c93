using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Counting.Blocks;

/// <summary>The ladder of blocks an address belongs to.</summary>
public enum BlockLevel : byte
{
    /// <summary>One IPv4 address (/32), or one IPv6 subnet (/64): a single customer's machine.</summary>
    Host,

    /// <summary>IPv4 /24, IPv6 /56.</summary>
    Site,

    /// <summary>IPv4 /16, IPv6 /48.</summary>
    Region,
}

/// <summary>
/// A block of addresses whose attempts are counted together. An IPv4-mapped IPv6 address is its IPv4 address.
/// The key is the /64 prefix for IPv6, and for IPv4 the address in the low 32 bits below 00ff::/16,
/// which lies in 0000::/8, reserved by the IETF (RFC 4291, section 2.4), so the families never meet.
/// In both families the ladder clears 8 bits a step.
/// </summary>
/// <param name="Key">The prefix, 64 bits.</param>
/// <param name="Level">How much of the key is prefix.</param>
public readonly record struct IpBlock(ulong Key, BlockLevel Level)
{
    private const ulong V4Tag = 0x00ff_0000_0000_0000;

    // Turns every key in use (0000::/8, 2000::/3, fc00::/6) into one of 4000::/2 or 8000::/2, which the IETF has left unassigned.
    private const ulong VouchedTag = 0x4000_0000_0000_0000;

    public bool IsIPv4 => Key >> 32 == V4Tag >> 32;

    public IpBlock Site => new(Key & ~0xfful, BlockLevel.Site);

    public IpBlock Region => new(Key & ~0xfffful, BlockLevel.Region);

    /// <summary>
    /// Under this key travels and is counted what a host sends by its trust, where that has a rate: apart from what it sends
    /// without, and with a site and a region of their own, so that a big sender's neighbours don't suffer for it.
    /// </summary>
    public IpBlock Vouched => this with { Key = Key ^ VouchedTag };

    /// <summary>The host block of an address.</summary>
    public static IpBlock Of(IPAddress address)
    {
        address = address.Unmapped();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return new IpBlock(
            address.AddressFamily == AddressFamily.InterNetwork
                ? V4Tag | BinaryPrimitives.ReadUInt32BigEndian(bytes)
                : BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BlockLevel.Host);
    }

    /// <summary>The block as a network, for people and for lists.</summary>
    public IPNetwork ToNetwork()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (IsIPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Key);
            return new IPNetwork(new IPAddress(bytes[..4]), 32 - (8 * (int)Level));
        }

        BinaryPrimitives.WriteUInt64BigEndian(bytes, Key);
        return new IPNetwork(new IPAddress(bytes), 64 - (8 * (int)Level));
    }

    /// <summary>CIDR notation; an IPv4 host without its /32.</summary>
    public override string ToString() =>
        IsIPv4 && Level == BlockLevel.Host
            ? ToNetwork().BaseAddress.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{ToNetwork()}");
}
