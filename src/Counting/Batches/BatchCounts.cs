using System.Collections.Immutable;

namespace ThrottleNet.Counting.Batches;

/// <summary>The content of a batch: two kinds of counts. Each kind names a host block at most once, in the order of the wire.</summary>
/// <param name="Attempts">Recipients attempted; see <see cref="Supplement"/> for retries.</param>
/// <param name="BadRecipients">
/// Under a host's own key recipients that do not exist, as the destination said; under its <see cref="Blocks.IpBlock.Supplement"/> key messages that
/// content filters refused.
/// </param>
public sealed record BatchCounts(ImmutableArray<CountEntry> Attempts, ImmutableArray<CountEntry> BadRecipients)
{
    /// <summary>The most entries of both kinds in one batch: in their worst coding they stay under <see cref="BatchBody.MaxSize"/>.</summary>
    public const int MaxEntries = 4096;

    public static BatchCounts Empty { get; } = new([], []);

    public int Count => Attempts.Length + BadRecipients.Length;

    public bool Equals(BatchCounts? other) =>
        other is not null && Attempts.AsSpan().SequenceEqual(other.Attempts.AsSpan())
        && BadRecipients.AsSpan().SequenceEqual(other.BadRecipients.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Attempts.Length, BadRecipients.Length);

    /// <summary>Makes a content of counts in any order; each block may occur once in each kind.</summary>
    /// <exception cref="ArgumentException">A block occurs twice in one kind, or there are more than <see cref="MaxEntries"/> entries.</exception>
    public static BatchCounts Of(IEnumerable<CountEntry> attempts, IEnumerable<CountEntry> badRecipients)
    {
        var counts = new BatchCounts(Sorted(attempts), Sorted(badRecipients));
        return counts.Count <= MaxEntries ? counts : throw new ArgumentException($"over {MaxEntries} entries", nameof(attempts));
    }

    private static ImmutableArray<CountEntry> Sorted(IEnumerable<CountEntry> entries)
    {
        var sorted = entries.ToArray();
        Array.Sort(sorted, (a, b) => a.Code.CompareTo(b.Code));
        for (var i = 0; i < sorted.Length; i++)
        {
            if (sorted[i].Quarters is 0 or > CountEntry.MaxQuarters || (i > 0 && sorted[i].Key == sorted[i - 1].Key))
                throw new ArgumentException($"{sorted[i]} is out of range, or there twice", nameof(entries));
        }

        return [.. sorted];
    }
}
