using System.Numerics;
using System.Runtime.InteropServices;

namespace ThrottleNet.Counting;

/// <summary>CRC-32C (Castagnoli; RFC 3720, appendix B.4) of octets whose number is a multiple of eight.</summary>
internal struct Crc32C()
{
    private uint _inverted = uint.MaxValue;

    public readonly uint Value => ~_inverted;

    public void Append(ReadOnlySpan<byte> octets)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(octets.Length % sizeof(ulong), 0, nameof(octets));
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(octets))
        {
            _inverted = BitOperations.Crc32C(_inverted, word);
        }
    }
}
