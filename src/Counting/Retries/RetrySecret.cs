using System.Runtime.InteropServices;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>The key of the hashes of envelopes; the same at all nodes of a cluster, and secret to it.</summary>
/// <param name="First">A random word.</param>
/// <param name="Second">A random odd word.</param>
public readonly record struct RetrySecret(ulong First, ulong Second)
{
    internal static RetrySecret Random() => new(Secret.Word(), Secret.OddWord());

    /// <summary>The keyed hash of an envelope.</summary>
    /// <param name="host">The host block.</param>
    /// <param name="reversePath">Null for the null reverse-path; in one canonical form, as is the recipient.</param>
    internal ulong Hash(IpBlock host, in MailboxParts? reversePath, in MailboxParts recipient)
    {
        var hash = Mix(host.Key ^ First);
        if (reversePath is { } from)
        {
            hash = Mix(Hash(Hash(hash, from.LocalPart), from.Domain) ^ 1);
        }

        return Mix(Hash(Hash(hash, recipient.LocalPart), recipient.Domain));
    }

    /// <summary>A number from 0 to 1, the same for an envelope in one round and secret to the holders of the key.</summary>
    /// <param name="salt">Tells draws for different purposes apart.</param>
    internal float Draw(ulong envelope, long round, ulong salt) => (Mix(Mix(envelope ^ First) ^ ((ulong)round << 8) ^ salt) >> 40) / (float)(1 << 24);

    private ulong Hash(ulong seed, string text)
    {
        var hash = seed ^ ((ulong)text.Length * Second);
        var chars = text.AsSpan();
        for (; chars.Length >= 4; chars = chars[4..])
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(chars)));
        }

        foreach (var c in chars)
        {
            hash = Mix(hash ^ c);
        }

        return hash;
    }

    private ulong Mix(ulong word)
    {
        var high = Math.BigMul(word, Second, out var low);
        return high ^ low;
    }
}
