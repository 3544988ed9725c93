using System.Security.Cryptography;

namespace ThrottleNet.Counting;

/// <summary>Random words that outsiders cannot guess: so they cannot foresee where a hash table puts their addresses.</summary>
internal static class Secret
{
    public static ulong Word() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>A factor: multiplication by an odd number modulo 2⁶⁴ can be undone, so it loses nothing.</summary>
    public static ulong OddWord() => Word() | 1;
}
