using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace ThrottleNet.TrustList.Statements;

/// <summary>The SHA-256 of a statement's whole line, signature included, line end not. All zero before the first line.</summary>
public readonly record struct LineHash(UInt128 Upper, UInt128 Lower)
{
    /// <summary>Octets of a hash.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    public static LineHash Of(ReadOnlySpan<byte> line)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(line, hash);
        return Read(hash);
    }

    /// <summary>Reads <see cref="Size"/> octets.</summary>
    public static LineHash Read(ReadOnlySpan<byte> hash) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));

    /// <summary>Writes <see cref="Size"/> octets.</summary>
    public void Write(Span<byte> hash)
    {
        BinaryPrimitives.WriteUInt128BigEndian(hash, Upper);
        BinaryPrimitives.WriteUInt128BigEndian(hash[16..], Lower);
    }

    /// <summary>Reads 64 hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out LineHash hash)
    {
        hash = default;
        if (text.Length != 64
            || !UInt128.TryParse(text[..32], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var upper)
            || !UInt128.TryParse(text[32..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var lower))
        {
            return false;
        }

        hash = new(upper, lower);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Upper:x32}{Lower:x32}");
}
