using System.Buffers;

namespace ThrottleNet.Counting.Batches;

/// <summary>
/// The octets of a batch: a version (1), then four lists of <see cref="GapList"/>: attempts from IPv4, attempts from
/// IPv6, bad recipients from IPv4, from IPv6. Each content has exactly one encoding; all other octets are refused.
/// </summary>
public static class BatchBody
{
    /// <summary>Octets. The largest content takes 14 octets an entry in its worst coding.</summary>
    public const int MaxSize = 64 * 1024;

    private const byte Version = 1;
    private const ulong FirstV6 = 1ul << 32;

    /// <summary>Encodes a content into at most <see cref="MaxSize"/> octets, since contents are bounded.</summary>
    public static byte[] Encode(BatchCounts counts)
    {
        var attempts = Split(counts.Attempts.AsSpan());
        var bad = Split(counts.BadRecipients.AsSpan());
        var body = new byte[1 + SizeOf(counts.Attempts.AsSpan(), attempts) + SizeOf(counts.BadRecipients.AsSpan(), bad)];
        body[0] = Version;
        var at = 1;
        Write(body, ref at, counts.Attempts.AsSpan(), attempts);
        Write(body, ref at, counts.BadRecipients.AsSpan(), bad);
        return body;
    }

    /// <summary>
    /// Decodes a body; false for octets that <see cref="Encode"/> would not have written. Allocates only for the entries in the body,
    /// at most <see cref="BatchCounts.MaxEntries"/>; the buffer to decode into is pooled.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, out BatchCounts counts)
    {
        counts = BatchCounts.Empty;
        if (body.Length is 0 or > MaxSize || body[0] != Version)
            return false;
        var rented = ArrayPool<CountEntry>.Shared.Rent(BatchCounts.MaxEntries);
        try
        {
            var room = rented.AsSpan(0, BatchCounts.MaxEntries);
            var at = 1;
            if (!TryRead(body, ref at, room, out var attempts) || !TryRead(body, ref at, room[attempts..], out var bad) || at != body.Length)
                return false;
            counts = new BatchCounts([.. room[..attempts]], [.. room.Slice(attempts, bad)]);
            return true;
        }
        finally
        {
            ArrayPool<CountEntry>.Shared.Return(rented);
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> body, ref int at, Span<CountEntry> room, out int count)
    {
        count = 0;
        if (!GapList.TryRead(body, ref at, 0, FirstV6 - 1, room, out var v4)
            || !GapList.TryRead(body, ref at, FirstV6, ulong.MaxValue, room[v4..], out var v6))
            return false;
        count = v4 + v6;
        return true;
    }

    private static int SizeOf(ReadOnlySpan<CountEntry> entries, int split) =>
        GapList.Size(entries[..split], 0) + GapList.Size(entries[split..], FirstV6);

    private static void Write(Span<byte> body, ref int at, ReadOnlySpan<CountEntry> entries, int split)
    {
        at += GapList.Write(body[at..], entries[..split], 0);
        at += GapList.Write(body[at..], entries[split..], FirstV6);
    }

    // The number of IPv4 entries, which come first.
    private static int Split(ReadOnlySpan<CountEntry> entries)
    {
        var split = 0;
        while (split < entries.Length && entries[split].Code < FirstV6)
            split++;
        return split;
    }
}
