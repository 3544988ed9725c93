using System.Collections.Immutable;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>One start of a node: an origin and its epoch.</summary>
internal readonly record struct EpochKey(OriginId Origin, ulong Epoch)
{
    /// <summary>Uses every bit and a secret: a snapshot may name epochs that were chosen to collide.</summary>
    public override int GetHashCode() => HashCode.Combine(Origin, (uint)(Epoch >> 32), (uint)Epoch);
}

/// <summary>An applied range: one row of a version vector, the batches of an epoch that a node has applied.</summary>
/// <param name="Origin">The node that counted.</param>
/// <param name="Epoch">The start of that node.</param>
/// <param name="Contiguous">Every batch up to this one is applied.</param>
/// <param name="Beyond">Which batches after that are applied, as bits, the lowest bit of the first octet first; at most 32 octets.</param>
public readonly record struct Holding(OriginId Origin, ulong Epoch, ulong Contiguous, ImmutableArray<byte> Beyond)
{
    public const int MaxBeyond = ReplayWindow.Width / 8;

    /// <summary>The highest batch applied.</summary>
    public ulong Highest => Beyond.IsEmpty
        ? Contiguous
        : Contiguous + (ulong)((8 * Beyond.Length) - (System.Numerics.BitOperations.LeadingZeroCount(Beyond[^1]) - 24));

    public bool Contains(ulong seq)
    {
        if (seq <= Contiguous)
            return true;
        var bit = seq - Contiguous - 1;
        return bit / 8 < (ulong)Beyond.Length && (Beyond[(int)(bit / 8)] >> (int)(bit % 8) & 1) != 0;
    }

    /// <summary>The batches applied after <see cref="Contiguous"/>, ascending.</summary>
    public IEnumerable<ulong> SeqsBeyond()
    {
        for (var bit = 0; bit < 8 * Beyond.Length; bit++)
        {
            if ((Beyond[bit / 8] >> (bit % 8) & 1) != 0)
                yield return Contiguous + 1 + (ulong)bit;
        }
    }

    internal static Holding Of(OriginId origin, ulong epoch, ReplayWindow window)
    {
        var contiguous = window.Contiguous;
        if (contiguous == window.Highest)
            return new Holding(origin, epoch, contiguous, []);
        var beyond = new byte[(window.Highest - contiguous + 7) / 8];
        for (var bit = 0; bit < (int)(window.Highest - contiguous); bit++)
        {
            if (window.Contains(contiguous + 1 + (ulong)bit))
                beyond[bit / 8] |= (byte)(1 << (bit % 8));
        }

        return new Holding(origin, epoch, contiguous, ImmutableArray.Create(beyond));
    }
}
