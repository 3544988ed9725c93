using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Counting.Blocks;

/// <summary>
/// A block of addresses whose attempts are counted together. An IPv4-mapped IPv6 address counts as its IPv4 address.
/// The key of an IPv6 block is its /64 prefix. The key of an IPv4 block is the address in the low 32 bits below 00ff::/16,
/// which lies in 0000::/8, reserved by the IETF (RFC 4291, section 2.4), so the two families never collide.
/// </summary>
/// <param name="Key">The prefix, 64 bits; the bits below the prefix are zero.</param>
/// <param name="Level">How many bits of the key are prefix.</param>
public readonly record struct IpBlock(ulong Key, BlockLevel Level)
{
    private const ulong V4Tag = 0x00ff_0000_0000_0000;

    // Each tag turns every key in use (0000::/8, 2000::/3, fc00::/7) into a key of 4000::/2 or 8000::/2, which the IETF has not
    // assigned, and the results of the two tags do not overlap.
    private const ulong QuotaTag = 0x4000_0000_0000_0000;
    private const ulong SupplementTag = 0xa000_0000_0000_0000;

    public bool IsIPv4 => Key >> 32 == V4Tag >> 32;

    /// <summary>The /24 or /48 around the block.</summary>
    public IpBlock Site => new(Key & ~(IsIPv4 ? 0xfful : 0xfffful), BlockLevel.Site);

    /// <summary>The /16 or /32 around the block.</summary>
    public IpBlock Region => new(Key & ~(IsIPv4 ? 0xfffful : 0xffff_fffful), BlockLevel.Region);

    /// <summary>
    /// The key under which a host's use of its trusted quota is counted, apart from its other mail: so the quota limits only what
    /// passes by trust, and its use weighs on no other host.
    /// </summary>
    public IpBlock Quota => this with { Key = Key ^ QuotaTag };

    /// <summary>
    /// The key under which a batch carries a host's charges and further retries, see <see cref="Batches.Supplement"/>. Among bad recipients, in
    /// batches and in the ledger, it stands for the host's messages that content filters refused.
    /// </summary>
    public IpBlock Supplement => this with { Key = Key ^ SupplementTag };

    /// <summary>Whether the key is one that <see cref="Supplement"/> gives; then <see cref="Supplement"/> gives back the host.</summary>
    public bool IsSupplement => IsTagged && (Supplement.IsIPv4 || Supplement.Key >> 61 == 1 || Supplement.Key >> 57 == 0xfc >> 1);

    /// <summary>Whether the key is one that <see cref="Quota"/> gives.</summary>
    public bool IsQuota => IsTagged && !IsSupplement;

    private bool IsTagged => Key >> 62 is 1 or 2;

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
        return new IPNetwork(new IPAddress(bytes), 64 - (16 * (int)Level));
    }

    /// <summary>CIDR notation; an IPv4 host without its /32.</summary>
    public override string ToString() =>
        IsIPv4 && Level == BlockLevel.Host
            ? ToNetwork().BaseAddress.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{ToNetwork()}");
}
