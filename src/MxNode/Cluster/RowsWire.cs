using System.Runtime.InteropServices;
using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Counts of hosts as octets: a key and four numbers each.</summary>
internal static class RowsWire
{
    public static byte[] Encode(IEnumerable<SnapshotRow> rows) => MemoryMarshal.AsBytes(
        rows.Select(r => new Row(r.Key, (float)r.AttemptsFast, (float)r.AttemptsSlow, (float)r.BadFast, (float)r.BadSlow)).ToArray().AsSpan()).ToArray();

    /// <summary>Rows whose counts are not finite, or negative, are left out.</summary>
    public static IEnumerable<SnapshotRow> Decode(byte[] octets) => MemoryMarshal.Cast<byte, Row>(octets).ToArray()
        .Where(r => IsCount(r.AttemptsFast) && IsCount(r.AttemptsSlow) && IsCount(r.BadFast) && IsCount(r.BadSlow))
        .Select(r => new SnapshotRow(r.Key, r.AttemptsFast, r.AttemptsSlow, r.BadFast, r.BadSlow));

    private static bool IsCount(float value) => float.IsFinite(value) && value >= 0;

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly record struct Row(ulong Key, float AttemptsFast, float AttemptsSlow, float BadFast, float BadSlow);
}
