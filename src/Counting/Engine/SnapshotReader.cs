using System.Runtime.InteropServices;

namespace ThrottleNet.Counting;

/// <summary>Reads a stored snapshot into a new engine, see <see cref="SnapshotFormat"/>.</summary>
public static class SnapshotReader
{
    private const int RowsAtOnce = 1024;

    /// <summary>
    /// Adds the rows of a snapshot to an engine, where they decay by the time that has passed. Checks the whole stream before it uses any of it;
    /// never throws for what the stream holds. The stream has to be seekable.
    /// </summary>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static SnapshotReading ReadFrom(this CountingEngine engine, Stream stream, long now) => engine.ReadFrom(stream, _ => now);

    /// <inheritdoc cref="ReadFrom(CountingEngine, Stream, long)"/>
    /// <param name="present">Gives the present, in milliseconds since 1970, from the moment at which the snapshot was written. Called for a whole snapshot only.</param>
    public static SnapshotReading ReadFrom(this CountingEngine engine, Stream stream, Func<long, long> present)
    {
        stream.Position = 0;
        if (!TryReadOne(stream, out SnapshotFormat.Header header) || header.Magic != SnapshotFormat.Magic
            || header.RowSize is not (SnapshotFormat.RowSize or SnapshotFormat.FirstRowSize))
        {
            return new SnapshotReading(0, TimeSpan.Zero, "it is no ledger snapshot of this version and machine");
        }

        return IsWhole(stream) ? Restore(engine, stream, header, present(Stamp.MillisecondsOf(header.Tenths))) : new SnapshotReading(0, TimeSpan.Zero, SnapshotFormat.Torn);
    }

    private static SnapshotReading Restore(CountingEngine engine, Stream stream, in SnapshotFormat.Header header, long now)
    {
        var age = TimeSpan.FromSeconds(Math.Max(0, Stamp.TenthsOf(now) - header.Tenths) / (double)Stamp.PerSecond);
        var (rows, attachment) = (0, ReadOnlyMemory<byte>.Empty);
        stream.Position = Marshal.SizeOf<SnapshotFormat.Header>();
        while (age <= SnapshotFormat.Oldest && TryReadOne(stream, out SnapshotFormat.Section section) && section.Table != SnapshotFormat.End)
        {
            var content = section.Table switch
            {
                SnapshotFormat.Attached or SnapshotFormat.Retries or SnapshotFormat.Memory => TryReadWords(stream, section.Count, out var words)
                    && TryUse(engine, section.Table, words, age, ref attachment),
                <= (uint)LedgerTable.BadRecipients => TryReadRows(engine, stream, section, (int)header.RowSize, now, ref rows),
                _ => false,
            };
            if (!content)
            {
                return new SnapshotReading(rows, TimeSpan.Zero, SnapshotFormat.Torn);
            }
        }

        return new SnapshotReading(rows, age, null, attachment);
    }

    private static bool TryUse(CountingEngine engine, uint section, ulong[] words, TimeSpan age, ref ReadOnlyMemory<byte> attachment)
    {
        switch (section)
        {
            case SnapshotFormat.Memory when words.Length == 2:
                engine.Remember((long)words[0], words[1] != 0);
                return true;
            case SnapshotFormat.Retries:
                // Times in the retry memory wrap, and older entries are of no use.
                if (age <= RetryMemory.MaxAge)
                {
                    engine.Recall(words);
                }

                return true;
            case SnapshotFormat.Attached when words.Length > 0 && words[0] <= (ulong)(words.Length - 1) * sizeof(ulong):
                attachment = MemoryMarshal.AsBytes(words.AsSpan(1))[..(int)words[0]].ToArray();
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadRows(CountingEngine engine, Stream stream, SnapshotFormat.Section section, int rowSize, long now, ref int rows)
    {
        var table = (LedgerTable)section.Table;
        var buffer = new byte[RowsAtOnce * rowSize];
        for (var left = (long)section.Count; left > 0;)
        {
            var some = buffer.AsSpan(0, (int)Math.Min(left, RowsAtOnce) * rowSize);
            if (!TryFill(stream, some))
            {
                return false;
            }

            left -= some.Length / rowSize;
            rows += rowSize == SnapshotFormat.FirstRowSize ? RestoreFirst(engine, table, some, now)
                : table is LedgerTable.Sites or LedgerTable.Regions ? Restore<AreaRow>(some, row => engine.Ledger.Restore(s => s.AreasOf(table), row, now))
                : Restore<HostRow>(some, row => engine.Ledger.Restore(s => s.HostsOf(table), row, now));
        }

        return rowSize == SnapshotFormat.FirstRowSize || section.Count % 2 == 0 || TryFill(stream, stackalloc byte[sizeof(uint)]);
    }

    private static int Restore<TRow>(ReadOnlySpan<byte> octets, Func<TRow, bool> restore)
        where TRow : unmanaged
    {
        var rows = 0;
        foreach (var row in MemoryMarshal.Cast<byte, TRow>(octets))
        {
            rows += restore(row) ? 1 : 0;
        }

        return rows;
    }

    // Sites and regions of the first format counted all attempts, not newcomers', so they start from zero.
    private static int RestoreFirst(CountingEngine engine, LedgerTable table, ReadOnlySpan<byte> octets, long now)
    {
        var rows = 0;
        for (; table is LedgerTable.Hosts or LedgerTable.BadRecipients && !octets.IsEmpty; octets = octets[SnapshotFormat.FirstRowSize..])
        {
            var numbers = MemoryMarshal.Cast<byte, float>(octets[12..SnapshotFormat.FirstRowSize]);
            var row = HostRow.Of(MemoryMarshal.Read<ulong>(octets), MemoryMarshal.Read<uint>(octets[8..]), numbers[0], numbers[1], numbers[2]);
            rows += engine.Ledger.Restore(s => s.HostsOf(table), row, now) ? 1 : 0;
        }

        return rows;
    }

    private static bool IsWhole(Stream stream)
    {
        var crc = new Crc32C();
        var buffer = new byte[1 << 16];
        stream.Position = 0;
        var left = stream.Length - Marshal.SizeOf<SnapshotFormat.Section>();
        if (left % sizeof(ulong) != 0)
        {
            return false;
        }

        while (left > 0)
        {
            var some = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            stream.ReadExactly(some);
            crc.Append(some);
            left -= some.Length;
        }

        return TryReadOne(stream, out SnapshotFormat.Section end) && end == new SnapshotFormat.Section(SnapshotFormat.End, crc.Value);
    }

    private static bool TryReadWords(Stream stream, uint count, out ulong[] words)
    {
        var fits = count <= (stream.Length - stream.Position) / sizeof(ulong);
        words = fits ? new ulong[count] : [];
        return fits && TryFill(stream, MemoryMarshal.AsBytes(words.AsSpan()));
    }

    private static bool TryReadOne<T>(Stream stream, out T value)
        where T : unmanaged
    {
        value = default;
        return TryFill(stream, MemoryMarshal.AsBytes(new Span<T>(ref value)));
    }

    private static bool TryFill(Stream stream, Span<byte> octets) => stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false) == octets.Length;
}
