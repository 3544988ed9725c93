namespace ThrottleNet.Protocol.Exchange;

/// <summary>Bounds of the wire: what exceeds one is refused before anything is kept of it.</summary>
public static class ExchangeLimits
{
    /// <summary>The version this code speaks; also the oldest one.</summary>
    public const uint Version = 1;

    /// <summary>
    /// The highest epoch and the highest seq: 285,000 years of a batch a millisecond. All sums of two are
    /// far from wrapping, and a double holds each of them exactly.
    /// </summary>
    public const ulong HighestNumber = 1ul << 53;

    /// <summary>Octets of a frame: a chunk of 4,096 snapshot rows in their worst form, or a full batch, with room to spare.</summary>
    public const int FrameSize = 1024 * 1024;

    /// <summary>Octets; a DNS name is never longer.</summary>
    public const int NetworkName = 253;

    /// <summary>Octets of host:port.</summary>
    public const int Address = 255;

    /// <summary>Octets of a certificate; P-256 ones take about 600.</summary>
    public const int Certificate = 8 * 1024;

    /// <summary>Ids in one announcement or graft: several seconds' worth in a network of 1,000.</summary>
    public const int AnnounceIds = 4096;

    public const int PruneOrigins = 1024;

    public const int ShuffleContacts = 32;

    /// <summary>Rows of a version vector in one frame; larger networks are compared in turns.</summary>
    public const int AppliedRanges = 4096;

    public const int Ranges = 1024;

    /// <summary>Proofs of equivocation that a node keeps and passes on: each costs a certificate, and at most 136 KiB.</summary>
    public const int Proofs = 128;

    /// <summary>Rows of a chunk: 4,096 in their worst form take 112 KiB.</summary>
    public const int ChunkRows = 4096;

    /// <summary>Rows of a snapshot: the hottest hundred thousand blocks; colder ones are far under any limit.</summary>
    public const int SnapshotRows = 100_000;
}
