using System.Runtime.InteropServices;

namespace ThrottleNet.Counting;

/// <summary>Writes all counts of an engine, see <see cref="SnapshotFormat"/>.</summary>
public static class SnapshotWriter
{
    /// <summary>Writes a snapshot. What is counted meanwhile may be in it or not.</summary>
    /// <param name="attachment">Octets of other owners, stored with the counts.</param>
    public static void WriteTo(this CountingEngine engine, Stream stream, long now, ReadOnlySpan<byte> attachment = default)
    {
        var crc = new Crc32C();
        Append(stream, ref crc, [new SnapshotFormat.Header(SnapshotFormat.Magic, SnapshotFormat.RowSize, Stamp.TenthsOf(now))]);
        AppendWords(stream, ref crc, SnapshotFormat.Memory, [(ulong)engine.Ledger.Rules.MemorySince, engine.IsWarm ? 1u : 0u]);
        if (attachment.Length > 0)
        {
            var words = new ulong[1 + ((attachment.Length + sizeof(ulong) - 1) / sizeof(ulong))];
            words[0] = (ulong)attachment.Length;
            attachment.CopyTo(MemoryMarshal.AsBytes(words.AsSpan(1)));
            AppendWords(stream, ref crc, SnapshotFormat.Attached, words);
        }

        AppendWords(stream, ref crc, SnapshotFormat.Retries, engine.Retries.Export());
        HostRow[] hosts = [];
        AreaRow[] areas = [];
        for (var shard = 0; shard < engine.Ledger.Shards.Count; shard++)
        {
            foreach (var table in Enum.GetValues<LedgerTable>())
            {
                if (table is LedgerTable.Sites or LedgerTable.Regions)
                {
                    var count = engine.Ledger.Copy(shard, s => s.AreasOf(table), ref areas);
                    AppendRows<AreaRow>(stream, ref crc, table, areas.AsSpan(0, count));
                }
                else
                {
                    var count = engine.Ledger.Copy(shard, s => s.HostsOf(table), ref hosts);
                    AppendRows<HostRow>(stream, ref crc, table, hosts.AsSpan(0, count));
                }
            }
        }

        stream.Write(MemoryMarshal.AsBytes([new SnapshotFormat.Section(SnapshotFormat.End, crc.Value)]));
    }

    private static void AppendRows<TRow>(Stream stream, ref Crc32C crc, LedgerTable table, ReadOnlySpan<TRow> rows)
        where TRow : unmanaged
    {
        if (rows.IsEmpty)
        {
            return;
        }

        Append(stream, ref crc, [new SnapshotFormat.Section((uint)table, (uint)rows.Length)]);

        // The checksum takes whole words, which two rows are.
        Append(stream, ref crc, rows[..^(rows.Length % 2)]);
        if (rows.Length % 2 != 0)
        {
            Span<byte> last = stackalloc byte[SnapshotFormat.RowSize + sizeof(uint)];
            last.Clear();
            MemoryMarshal.AsBytes(rows[^1..]).CopyTo(last);
            Append<byte>(stream, ref crc, last);
        }
    }

    private static void AppendWords(Stream stream, ref Crc32C crc, uint section, ReadOnlySpan<ulong> words)
    {
        Append(stream, ref crc, [new SnapshotFormat.Section(section, (uint)words.Length)]);
        Append(stream, ref crc, words);
    }

    private static void Append<T>(Stream stream, ref Crc32C crc, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var octets = MemoryMarshal.AsBytes(values);
        crc.Append(octets);
        stream.Write(octets);
    }
}
