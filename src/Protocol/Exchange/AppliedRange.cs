using System.Collections.Immutable;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>One start of a node: an origin and its epoch.</summary>
internal readonly record struct EpochKey(OriginId Origin, ulong Epoch)
{
    /// <summary>Depends on every bit: a hostile snapshot may name epochs that are chosen to collide.</summary>
    public override int GetHashCode() => HashCode.Combine(Origin, (uint)(Epoch >> 32), (uint)Epoch);
}

/// <summary>One row of a version vector: which batches of an epoch a node has applied.</summary>
/// <param name="Origin">The node that counted.</param>
/// <param name="Epoch">One start of that node.</param>
/// <param name="Contiguous">Every batch up to this seq is applied.</param>
/// <param name="Beyond">One bit a batch for the batches after <paramref name="Contiguous"/>, from the lowest bit of the first octet; at most 32 octets.</param>
public readonly record struct AppliedRange(OriginId Origin, ulong Epoch, ulong Contiguous, ImmutableArray<byte> Beyond)
{
    public const int MaxBeyond = ReplayWindow.Width / 8;

    /// <summary>The highest seq that is applied.</summary>
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

    /// <summary>The applied seqs after <see cref="Contiguous"/>, ascending.</summary>
    public IEnumerable<ulong> SeqsBeyond()
    {
        for (var bit = 0; bit < 8 * Beyond.Length; bit++)
        {
            if ((Beyond[bit / 8] >> (bit % 8) & 1) != 0)
                yield return Contiguous + 1 + (ulong)bit;
        }
    }

    /// <param name="isApplied">Says of each seq between <paramref name="contiguous"/> and <paramref name="highest"/> whether it is applied.</param>
    internal static AppliedRange Of(OriginId origin, ulong epoch, ulong contiguous, ulong highest, Func<ulong, bool> isApplied)
    {
        highest = Math.Min(highest, contiguous + ReplayWindow.Width);
        while (highest > contiguous && !isApplied(highest))
            highest--;
        var beyond = new byte[(highest - contiguous + 7) / 8];
        for (var bit = 0; bit < (int)(highest - contiguous); bit++)
        {
            if (isApplied(contiguous + 1 + (ulong)bit))
                beyond[bit / 8] |= (byte)(1 << (bit % 8));
        }

        return new AppliedRange(origin, epoch, contiguous, ImmutableArray.Create(beyond));
    }
}
