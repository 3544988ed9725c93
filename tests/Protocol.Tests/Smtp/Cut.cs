using System.Buffers;

namespace ThrottleNet.Protocol.Tests.Smtp;

/// <summary>Octets in pieces, as a network delivers them.</summary>
internal static class Cut
{
    /// <summary>No split, every single split, and every pair of splits.</summary>
    public static IEnumerable<int[]> Everywhere(int length)
    {
        yield return [];
        for (var first = 1; first < length; first++)
        {
            yield return [first];
            for (var second = first + 1; second < length; second++)
            {
                yield return [first, second];
            }
        }
    }

    public static int[] BetweenAll(int length) => [.. Enumerable.Range(1, Math.Max(0, length - 1))];

    public static int[] Randomly(Random random, int length, int most) =>
        length < 2 ? [] : [.. Enumerable.Range(0, random.Next(most)).Select(_ => random.Next(1, length)).Distinct().Order()];

    public static IEnumerable<byte[]> Pieces(byte[] octets, int[] cuts)
    {
        var start = 0;
        foreach (var cut in cuts)
        {
            yield return octets[start..cut];
            start = cut;
        }

        yield return octets[start..];
    }

    /// <summary>One sequence of several segments.</summary>
    public static ReadOnlySequence<byte> Sequence(IEnumerable<byte[]> pieces)
    {
        Segment? first = null, last = null;
        foreach (var piece in pieces)
        {
            last = new Segment(piece, last);
            first ??= last;
        }

        return first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    public static ReadOnlySequence<byte> Sequence(byte[] octets, params int[] cuts) => Sequence(Pieces(octets, cuts));

    /// <summary>The next buffer of a pipe: the unconsumed rest, followed by a new piece.</summary>
    public static ReadOnlySequence<byte> Append(ReadOnlySequence<byte> left, byte[] piece) =>
        left.IsEmpty ? Sequence([piece]) : Sequence([left.ToArray(), piece]);

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] octets, Segment? previous)
        {
            Memory = octets;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
