using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// The ledger as a file: a header, then the rows of each table of each shard as they lie in memory, then a CRC-32C of all that.
/// Words are in this machine's byte order; the magic number shows a file from another one.
/// </summary>
internal static class LedgerSnapshot
{
    /// <summary>"TNLEDGE1" on a machine with the low octet first.</summary>
    private const ulong Magic = 0x3145_4744_454c_4e54;

    /// <summary>A section number that no table has: the checksum follows.</summary>
    private const uint End = uint.MaxValue;

    /// <summary>Another one: octets of somebody else's follow, a word with their number first, filled up to whole words.</summary>
    private const uint Attached = uint.MaxValue - 1;

    private const string Torn = "it is torn or damaged";

    /// <summary>A snapshot older than this holds nothing that has not decayed: e⁻²⁰ of a slow count.</summary>
    private static readonly long Oldest = 20 * (long)Decay.SlowTime.TotalSeconds * Stamp.PerSecond;

    /// <summary>Where a snapshot is written before it gets its name; a crash can leave one.</summary>
    public static string TemporaryPath(string path) => path + ".new";

    /// <summary>Writes a snapshot beside the old one, forces it to the disk, and then takes the old one's place.</summary>
    /// <exception cref="IOException">The disk is full, or the like; the old snapshot is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    /// <param name="attachment">Stored with the counts, and given back with them.</param>
    public static void Write(Ledger ledger, string path, ReadOnlySpan<byte> attachment = default)
    {
        var temporary = TemporaryPath(path);
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
        {
            var crc = new Crc32C();
            Append(file, ref crc, [new Header(Magic, (ulong)Marshal.SizeOf<BlockRow>(), ledger.Tenths)]);
            if (attachment.Length > 0)
            {
                var words = new ulong[1 + ((attachment.Length + sizeof(ulong) - 1) / sizeof(ulong))];
                words[0] = (ulong)attachment.Length;
                attachment.CopyTo(MemoryMarshal.AsBytes(words.AsSpan(1)));
                Append(file, ref crc, [new Section(Attached, (uint)words.Length)]);
                Append<ulong>(file, ref crc, words);
            }

            BlockRow[] buffer = [];
            for (var shard = 0; shard < Ledger.ShardCount; shard++)
            {
                foreach (var table in Enum.GetValues<LedgerTable>())
                {
                    var count = ledger.CopyRows(shard, table, ref buffer);
                    if (count > 0)
                    {
                        Append(file, ref crc, [new Section((uint)table, (uint)count)]);
                        Append(file, ref crc, buffer.AsSpan(0, count));
                    }
                }
            }

            file.Write(MemoryMarshal.AsBytes([new Section(End, crc.Value)]));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>
    /// Adds the rows of a snapshot to a new ledger, where they decay by the time that has passed, and removes what an
    /// interrupted <see cref="Write"/> left. Never throws for what the file holds.
    /// </summary>
    public static SnapshotReading Read(Ledger ledger, string path)
    {
        try
        {
            if (File.Exists(TemporaryPath(path)))
            {
                File.Delete(TemporaryPath(path));
            }

            if (!File.Exists(path))
            {
                return new SnapshotReading(0, TimeSpan.Zero, null);
            }

            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
            return TryReadHeader(file, out var header, out var fault) && TryVerify(file, ref fault)
                ? Restore(ledger, file, header)
                : new SnapshotReading(0, TimeSpan.Zero, fault);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SnapshotReading(0, TimeSpan.Zero, e.Message);
        }
    }

    private static SnapshotReading Restore(Ledger ledger, FileStream file, Header header)
    {
        var age = ledger.Tenths - header.Tenths;
        var rows = 0;
        var attachment = ReadOnlyMemory<byte>.Empty;
        if (age <= Oldest)
        {
            file.Position = Marshal.SizeOf<Header>();
            var buffer = new BlockRow[1024];
            while (TryReadOne(file, out Section section) && section.Table != End)
            {
                if (section.Table == Attached)
                {
                    var octets = new byte[section.Count * sizeof(ulong)];
                    attachment = TryFill(file, octets) ? octets.AsMemory(sizeof(ulong), (int)MemoryMarshal.Read<ulong>(octets)) : attachment;
                    continue;
                }

                for (var left = (long)section.Count; left > 0;)
                {
                    var some = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
                    if (!Enum.IsDefined((LedgerTable)section.Table) || !TryFill(file, MemoryMarshal.AsBytes(some)))
                    {
                        return new SnapshotReading(rows, TimeSpan.Zero, Torn);
                    }

                    foreach (ref readonly var row in some)
                    {
                        rows += row.IsSound && ledger.Restore((LedgerTable)section.Table, row) ? 1 : 0;
                    }

                    left -= some.Length;
                }
            }
        }

        return new SnapshotReading(rows, TimeSpan.FromSeconds((double)Math.Max(0, age) / Stamp.PerSecond), null, attachment);
    }

    private static bool TryReadHeader(FileStream file, out Header header, [NotNullWhen(false)] out string? fault)
    {
        fault = TryReadOne(file, out header) && header.Magic == Magic && header.RowSize == (ulong)Marshal.SizeOf<BlockRow>()
            ? null
            : "it is no ledger snapshot of this version and machine";
        return fault is null;
    }

    /// <summary>Checks the whole file before anything of it is believed.</summary>
    private static bool TryVerify(FileStream file, ref string? fault)
    {
        var crc = new Crc32C();
        var buffer = new byte[1 << 16];
        file.Position = 0;
        var left = file.Length - Marshal.SizeOf<Section>();
        fault = left % sizeof(ulong) == 0 ? null : Torn;
        while (left > 0 && fault is null)
        {
            var some = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            file.ReadExactly(some);
            crc.Append(some);
            left -= some.Length;
        }

        if (fault is null && (!TryReadOne(file, out Section end) || end != new Section(End, crc.Value)))
        {
            fault = Torn;
        }

        return fault is null;
    }

    private static bool TryReadOne<T>(FileStream file, out T value)
        where T : unmanaged
    {
        value = default;
        return TryFill(file, MemoryMarshal.AsBytes(new Span<T>(ref value)));
    }

    private static bool TryFill(FileStream file, Span<byte> octets) => file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false) == octets.Length;

    private static void Append<T>(FileStream file, ref Crc32C crc, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var octets = MemoryMarshal.AsBytes(values);
        crc.Append(octets);
        file.Write(octets);
    }

    private readonly record struct Header(ulong Magic, ulong RowSize, long Tenths);

    private readonly record struct Section(uint Table, uint Count);
}
