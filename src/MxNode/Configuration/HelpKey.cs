using System.Buffers.Binary;
using System.Security.Cryptography;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Configuration;

/// <summary>
/// Proves that a link to the help page was made by this node for a host block: a truncated HMAC-SHA-256 of the block and the day. Without it
/// anybody could read the counts of any host. Thread-safe.
/// </summary>
/// <param name="key">A secret of <see cref="Length"/> octets.</param>
/// <param name="time">The clock.</param>
internal sealed class HelpKey(byte[] key, TimeProvider time)
{
    /// <summary>Octets of the key.</summary>
    public const int Length = 32;

    /// <summary>Characters of a proof: 64 bits, lower-case hexadecimal. The page answers a few questions a second only.</summary>
    public const int ProofLength = 16;

    /// <summary>Days after that of the link on which it is still valid: senders read a bounce after up to five days.</summary>
    public const int Days = 7;

    /// <summary>A proof for a block, made today (UTC).</summary>
    public string Prove(IpBlock host) => Prove(host, Today);

    /// <summary>Whether a text is a proof for the block that was made within the last <see cref="Days"/> days.</summary>
    public bool IsProof(IpBlock host, ReadOnlySpan<char> text)
    {
        var valid = false;
        for (var day = Today - Days; day <= Today; day++)
        {
            valid |= CryptographicOperations.FixedTimeEquals(System.Runtime.InteropServices.MemoryMarshal.AsBytes(text), System.Runtime.InteropServices.MemoryMarshal.AsBytes(Prove(host, day).AsSpan()));
        }

        return valid;
    }

    private long Today => time.GetUtcNow().ToUnixTimeSeconds() / (24 * 60 * 60);

    private string Prove(IpBlock host, long day)
    {
        Span<byte> content = stackalloc byte[17];
        BinaryPrimitives.WriteUInt64BigEndian(content, host.Key);
        content[8] = (byte)host.Level;
        BinaryPrimitives.WriteInt64BigEndian(content[9..], day);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, content, mac);
        return Convert.ToHexStringLower(mac[..(ProofLength / 2)]);
    }
}
