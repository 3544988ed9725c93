using System.Runtime.InteropServices;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>What goes with the counts of a copied shard, as octets.</summary>
internal static class MarksWire
{
    private const byte Standing = 1;
    private const byte Refused = 2;

    public static byte[] Encode(IEnumerable<HostMark> marks) => MemoryMarshal.AsBytes(marks.Select(m => new Mark(
        m.Key, m.AttemptsEvident, m.BadEvident, m.Age, m.Idle, (byte)((m.Standing ? Standing : 0) | (m.Refused ? Refused : 0)))).ToArray().AsSpan()).ToArray();

    public static byte[] Encode(IEnumerable<AreaMark> areas) => MemoryMarshal.AsBytes(areas.Select(a => new Area(
        a.Key, (byte)a.Level, a.Newcomers, a.Waiting, a.Standing, a.Promoted)).ToArray().AsSpan()).ToArray();

    /// <summary>Marks that no node can have are left out.</summary>
    public static IEnumerable<HostMark> DecodeMarks(byte[]? octets) => MemoryMarshal.Cast<byte, Mark>(octets).ToArray()
        .Where(m => IsCount(m.AttemptsEvident) && IsCount(m.BadEvident) && m.Age >= 0 && m.Idle >= 0)
        .Select(m => new HostMark(m.Key, m.AttemptsEvident, m.BadEvident, m.Age, m.Idle, (m.Flags & Standing) != 0, (m.Flags & Refused) != 0));

    /// <inheritdoc cref="DecodeMarks"/>
    public static IEnumerable<AreaMark> DecodeAreas(byte[]? octets) => MemoryMarshal.Cast<byte, Area>(octets).ToArray()
        .Where(a => (BlockLevel)a.Level is BlockLevel.Site or BlockLevel.Region && a.Key != 0
            && IsCount(a.Newcomers) && IsCount(a.Waiting) && IsCount(a.Standing) && IsCount(a.Promoted))
        .Select(a => new AreaMark(a.Key, (BlockLevel)a.Level, a.Newcomers, a.Waiting, a.Standing, a.Promoted));

    private static bool IsCount(float value) => float.IsFinite(value) && value >= 0;

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly record struct Mark(ulong Key, float AttemptsEvident, float BadEvident, long Age, long Idle, byte Flags);

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly record struct Area(ulong Key, byte Level, float Newcomers, float Waiting, float Standing, float Promoted);
}
