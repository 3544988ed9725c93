using System.Security.Cryptography;

namespace ThrottleNet.Counting;

/// <summary>What keeps outsiders from foreseeing where a hash table puts their addresses.</summary>
internal static class Secret
{
    public static ulong Word() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>A factor: multiplication by an odd number can be undone modulo 2⁶⁴, and so loses nothing.</summary>
    public static ulong OddWord() => Word() | 1;
}
