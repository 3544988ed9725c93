namespace ThrottleNet.Protocol.Exchange;

/// <summary>The limits of the wire format. A frame over a limit is refused before any of it is stored.</summary>
public static class ExchangeLimits
{
    /// <summary>The protocol version of this code, and the oldest version that it accepts.</summary>
    public const uint Version = 1;

    /// <summary>
    /// The highest epoch and the highest seq: enough for 285,000 years of one batch a millisecond. The sum of two such numbers does not
    /// overflow, and a double holds each of them exactly.
    /// </summary>
    public const ulong HighestNumber = 1ul << 53;

    /// <summary>Octets of a frame: 4,096 snapshot rows in their longest form, or a full batch, with room to spare.</summary>
    public const int FrameSize = 1024 * 1024;

    /// <summary>Octets of a network's name: the longest DNS name.</summary>
    public const int NetworkName = 253;

    /// <summary>Octets of host:port.</summary>
    public const int Address = 255;

    /// <summary>Octets of a certificate. P-256 certificates have about 600.</summary>
    public const int Certificate = 8 * 1024;

    /// <summary>Ids in one announcement or graft: several seconds of batches in a network of 1,000 nodes.</summary>
    public const int AnnounceIds = 4096;

    public const int PruneOrigins = 1024;

    public const int ShuffleContacts = 32;

    /// <summary>Rows of a version vector in one frame. Larger vectors are sent in parts, one part with each digest.</summary>
    public const int AppliedRanges = 4096;

    public const int Ranges = 1024;

    /// <summary>Proofs of equivocation that a node keeps and passes on. Each has a certificate and at most 136 KiB.</summary>
    public const int Proofs = 128;

    /// <summary>Milliseconds in a unit of a snapshot's first_seen: a minute.</summary>
    internal const int AgeUnit = 60_000;

    /// <summary>Rows of a snapshot chunk: 4,096 in their longest form take 172 KiB.</summary>
    public const int ChunkRows = 4096;

    /// <summary>Rows of a snapshot: the hundred thousand blocks with the highest counts. All other blocks are far under any limit.</summary>
    public const int SnapshotRows = 100_000;
}
