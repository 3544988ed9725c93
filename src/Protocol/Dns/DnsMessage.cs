using System.Buffers.Binary;
using System.Collections.Immutable;

namespace ThrottleNet.Protocol.Dns;

/// <summary>A message of the DNS (RFC 1035, section 4), with EDNS (RFC 6891) where <see cref="Edns"/> is set.</summary>
public sealed record DnsMessage
{
    /// <summary>Octets of the longest message: over TCP its length has 16 bits (RFC 1035, section 4.2.2).</summary>
    public const int MaxLength = ushort.MaxValue;

    /// <summary>Octets that every UDP client accepts (RFC 1035, section 4.2.1). Header and question always fit.</summary>
    public const int MinUdpLength = 512;

    private const ushort ResponseFlag = 0x8000;
    private const ushort AuthoritativeFlag = 0x0400;
    private const ushort TruncatedFlag = 0x0200;
    private const ushort RecursionDesiredFlag = 0x0100;
    private const ushort RecursionAvailableFlag = 0x0080;
    private const ushort AuthenticFlag = 0x0020;

    // The root or a pointer's two octets, then type and class; a record has a TTL and a length besides.
    private const int MinQuestionLength = 5;
    private const int MinRecordLength = 11;

    public ushort Id { get; init; }

    public bool IsResponse { get; init; }

    /// <summary>4 bits; 0 is a query.</summary>
    public byte Opcode { get; init; }

    public bool IsAuthoritative { get; init; }

    /// <summary>Whether records are missing. <see cref="Write"/> sets the flag when records do not fit.</summary>
    public bool IsTruncated { get; init; }

    public bool RecursionDesired { get; init; }

    public bool RecursionAvailable { get; init; }

    /// <summary>
    /// The AD bit. In an answer: the server has validated all its records by DNSSEC (RFC 4035, section 3.2.3). In a query: the client wants to know
    /// that (RFC 6840, section 5.7).
    /// </summary>
    public bool IsAuthentic { get; init; }

    /// <summary>The response code; codes above 15 need <see cref="Edns"/>.</summary>
    public DnsResponseCode ResponseCode { get; init; }

    public ImmutableArray<DnsQuestion> Questions { get; init; } = [];

    public ImmutableArray<DnsRecord> Answers { get; init; } = [];

    public ImmutableArray<DnsRecord> Authorities { get; init; } = [];

    /// <summary>Without the OPT pseudo-record, which is <see cref="Edns"/>.</summary>
    public ImmutableArray<DnsRecord> Additionals { get; init; } = [];

    public DnsEdns? Edns { get; init; }

    /// <summary>An empty answer to this query.</summary>
    public DnsMessage Reply(DnsResponseCode code) => new()
    {
        Id = Id,
        IsResponse = true,
        Opcode = Opcode,
        RecursionDesired = RecursionDesired,
        ResponseCode = code,
        Questions = Questions,
        Edns = Edns is null ? null : new DnsEdns(DnsEdns.SafeUdpSize),
    };

    /// <summary>Reads a whole message. It returns false for every malformed input and never throws. Octets after the last record are ignored.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out DnsMessage? message)
    {
        message = null;
        var reader = new DnsReader(octets);
        if (!reader.TryReadUInt16(out var id)
            || !reader.TryReadUInt16(out var flags)
            || !reader.TryReadUInt16(out var questionCount)
            || !reader.TryReadUInt16(out var answerCount)
            || !reader.TryReadUInt16(out var authorityCount)
            || !reader.TryReadUInt16(out var additionalCount)
            || reader.Remaining < (questionCount * MinQuestionLength) + ((answerCount + authorityCount + additionalCount) * MinRecordLength)
            || !TryReadQuestions(ref reader, questionCount, out var questions)
            || !TryReadRecords(ref reader, answerCount, out var answers)
            || !TryReadRecords(ref reader, authorityCount, out var authorities)
            || !TryReadRecords(ref reader, additionalCount, out var additionals)
            || !TryTakeEdns(ref additionals, out var edns, out var upperCode))
        {
            return false;
        }

        message = new DnsMessage
        {
            Id = id,
            IsResponse = (flags & ResponseFlag) != 0,
            Opcode = (byte)((flags >> 11) & 0xf),
            IsAuthoritative = (flags & AuthoritativeFlag) != 0,
            IsTruncated = (flags & TruncatedFlag) != 0,
            RecursionDesired = (flags & RecursionDesiredFlag) != 0,
            RecursionAvailable = (flags & RecursionAvailableFlag) != 0,
            IsAuthentic = (flags & AuthenticFlag) != 0,
            ResponseCode = (DnsResponseCode)(upperCode | (flags & 0xf)),
            Questions = questions,
            Answers = answers,
            Authorities = authorities,
            Additionals = additionals,
            Edns = edns,
        };
        return true;
    }

    /// <summary>
    /// Writes the message, names compressed. Records that do not fit are left out from the first of them on, and TC is set
    /// when one of them was in the answer or authority section (RFC 2181, section 9).
    /// </summary>
    /// <param name="destination">Its length is the size limit, at least <see cref="MinUdpLength"/> octets.</param>
    /// <returns>Octets written.</returns>
    /// <exception cref="ArgumentException">A name or text in it cannot be encoded, or header and questions do not fit.</exception>
    public int Write(Span<byte> destination)
    {
        var optLength = Edns is null ? 0 : DnsWriter.OptLength;
        var limit = Math.Min(destination.Length, MaxLength) - optLength;
        if (limit < DnsReader.HeaderLength)
        {
            throw new ArgumentException("too short for a message", nameof(destination));
        }

        var writer = new DnsWriter(destination[..limit], stackalloc ushort[DnsWriter.MaxTargets]);
        writer.TryWriteBytes(stackalloc byte[DnsReader.HeaderLength]);
        foreach (var question in Questions)
        {
            if (!writer.TryWriteQuestion(question))
            {
                throw new ArgumentException("too short for the questions", nameof(destination));
            }
        }

        var (authorityCount, additionalCount) = (0, 0);
        var fits = TryWriteRecords(ref writer, Answers, out var answerCount)
            && TryWriteRecords(ref writer, Authorities, out authorityCount);
        if (fits)
        {
            TryWriteRecords(ref writer, Additionals, out additionalCount);
        }

        var length = writer.Length;
        if (Edns is not null)
        {
            new DnsWriter(destination.Slice(length, optLength), []).TryWriteOpt(Edns, ResponseCode);
            length += optLength;
            additionalCount++;
        }

        var header = new DnsWriter(destination, []);
        header.TryWriteUInt16(Id);
        header.TryWriteUInt16(Flags(IsTruncated || !fits));
        header.TryWriteUInt16((ushort)Questions.Length);
        header.TryWriteUInt16((ushort)answerCount);
        header.TryWriteUInt16((ushort)authorityCount);
        header.TryWriteUInt16((ushort)additionalCount);
        return length;
    }

    private ushort Flags(bool truncated) => (ushort)(
        (IsResponse ? ResponseFlag : 0)
        | ((Opcode & 0xf) << 11)
        | (IsAuthoritative ? AuthoritativeFlag : 0)
        | (truncated ? TruncatedFlag : 0)
        | (RecursionDesired ? RecursionDesiredFlag : 0)
        | (RecursionAvailable ? RecursionAvailableFlag : 0)
        | (IsAuthentic ? AuthenticFlag : 0)
        | ((ushort)ResponseCode & 0xf));

    private static bool TryWriteRecords(ref DnsWriter writer, ImmutableArray<DnsRecord> records, out int count)
    {
        count = 0;
        foreach (var record in records)
        {
            if (!DnsRecordWriter.TryWrite(ref writer, record))
            {
                return false;
            }

            count++;
        }

        return true;
    }

    private static bool TryReadQuestions(ref DnsReader reader, int count, out ImmutableArray<DnsQuestion> questions)
    {
        var builder = ImmutableArray.CreateBuilder<DnsQuestion>(count);
        questions = [];
        for (; count > 0; count--)
        {
            if (!reader.TryReadQuestion(out var question))
            {
                return false;
            }

            builder.Add(question!);
        }

        questions = builder.MoveToImmutable();
        return true;
    }

    private static bool TryReadRecords(ref DnsReader reader, int count, out ImmutableArray<DnsRecord> records)
    {
        records = [];
        if (count == 0)
        {
            return true;
        }

        var builder = ImmutableArray.CreateBuilder<DnsRecord>(count);
        for (; count > 0; count--)
        {
            if (!DnsRecordReader.TryRead(ref reader, out var record))
            {
                return false;
            }

            builder.Add(record!);
        }

        records = builder.MoveToImmutable();
        return true;
    }

    /// <summary>Moves the OPT record from the additional section to EDNS. There is at most one, with the root as its name (RFC 6891, section 6.1.1).</summary>
    private static bool TryTakeEdns(ref ImmutableArray<DnsRecord> additionals, out DnsEdns? edns, out int upperCode)
    {
        edns = null;
        upperCode = 0;
        foreach (var record in additionals)
        {
            if (record.Type != DnsType.Opt)
            {
                continue;
            }

            if (edns is not null || record is not UnknownRecord { Name: "" } opt)
            {
                return false;
            }

            edns = new DnsEdns(opt.Class, (byte)(opt.Ttl >> 16), (opt.Ttl & 0x8000) != 0);
            upperCode = (int)(opt.Ttl >> 24) << 4;
        }

        if (edns is not null)
        {
            additionals = additionals.RemoveAll(record => record.Type == DnsType.Opt);
        }

        return true;
    }
}
