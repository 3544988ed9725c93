namespace ThrottleNet.Counting;

/// <summary>
/// The stored snapshot: a header, then sections (a number, a count, content), the rows of each table of each shard as they lie in memory, then a
/// section with a CRC-32C of all that. Words are in this machine's byte order; the magic number shows a file of another one.
/// </summary>
internal static class SnapshotFormat
{
    /// <summary>"TNLEDGE1" on a machine with the low octet first.</summary>
    public const ulong Magic = 0x3145_4744_454c_4e54;

    /// <summary>Section: the checksum, in place of the count.</summary>
    public const uint End = uint.MaxValue;

    /// <summary>Section: octets of other owners, as words; the first word is the number of octets.</summary>
    public const uint Attached = uint.MaxValue - 1;

    /// <summary>Section: the words of <see cref="RetryMemory.Export"/>.</summary>
    public const uint Retries = uint.MaxValue - 2;

    /// <summary>Section: two words: when the memory of hosts began, in milliseconds since 1970, and 1 if its warm-up is over.</summary>
    public const uint Memory = uint.MaxValue - 3;

    /// <summary>Octets of a row. An odd number of rows is followed by 4 octets of zero.</summary>
    public const int RowSize = 28;

    /// <summary>Octets of a row in the first format, which had no first sight of hosts: key, stamp, own, others, slow.</summary>
    public const int FirstRowSize = 24;

    public const string Torn = "it is torn or damaged";

    /// <summary>A snapshot older than this is of no use: hosts with standing are kept as long.</summary>
    public static readonly TimeSpan Oldest = TimeSpan.FromDays(35);

    /// <param name="Tenths">When it was written, in tenths of a second since the year 1.</param>
    public readonly record struct Header(ulong Magic, ulong RowSize, long Tenths);

    public readonly record struct Section(uint Table, uint Count);
}
