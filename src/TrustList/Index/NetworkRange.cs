using System.Buffers.Binary;
using System.Net;
using System.Numerics;

namespace ThrottleNet.TrustList.Index;

/// <summary>Converts addresses and networks to numbers, and ranges of numbers to networks.</summary>
internal static class NetworkRange
{
    public const int V4Bits = 32;

    public const int V6Bits = 128;

    public static uint V4(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var written);
        return BinaryPrimitives.ReadUInt32BigEndian(octets[(written - 4)..]);
    }

    public static UInt128 V6(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(octets);
    }

    /// <summary>The last number of a network. C# masks the shift count, so a shift by the whole width has to be avoided.</summary>
    public static T Last<T>(T first, int prefix, int bits)
        where T : IBinaryInteger<T>, IMinMaxValue<T> =>
        prefix == bits ? first : first | (T.MaxValue >>> prefix);

    /// <summary>The fewest networks that make up a range, in order.</summary>
    public static IEnumerable<(T First, int Prefix)> Cover<T>(T first, T last, int bits)
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        while (true)
        {
            var prefix = bits - int.CreateChecked(T.Min(T.TrailingZeroCount(first), T.CreateChecked(bits)));
            while (Last(first, prefix, bits) > last)
            {
                prefix++;
            }

            yield return (first, prefix);
            var end = Last(first, prefix, bits);
            if (end == last)
            {
                yield break;
            }

            first = end + T.One;
        }
    }

    public static IPAddress Address(uint number)
    {
        Span<byte> octets = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, number);
        return new IPAddress(octets);
    }

    public static IPAddress Address(UInt128 number)
    {
        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(octets, number);
        return new IPAddress(octets);
    }
}
