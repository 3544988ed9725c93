using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace ThrottleNet.Protocol.Dns;

/// <summary>
/// Writes the parts of a message into a buffer of fixed size. A method returns false when its part does not fit; <see cref="Undo"/> then
/// removes the part's beginning, and the octets before it are a whole message. A name or string that cannot be encoded throws
/// <see cref="ArgumentException"/>, because it comes from this program and never from the wire.
/// </summary>
/// <param name="buffer">The message, from its header on.</param>
/// <param name="targets">Takes the offsets of labels, to which pointers can lead. When it is full, later names are not compressed.</param>
internal ref struct DnsWriter(Span<byte> buffer, Span<ushort> targets)
{
    /// <summary>The most offsets noted. Each name written is compared with each of them, and this is enough for the messages of mail.</summary>
    public const int MaxTargets = 64;

    /// <summary>Octets of the OPT pseudo-record.</summary>
    public const int OptLength = 11;

    private const int MaxPointer = 0x3fff;

    private readonly Span<byte> _buffer = buffer;
    private readonly Span<ushort> _targets = targets;
    private int _targetCount;

    public int Length { get; private set; }

    public bool TryWriteByte(byte value)
    {
        if (Length >= _buffer.Length)
        {
            return false;
        }

        _buffer[Length++] = value;
        return true;
    }

    public bool TryWriteUInt16(ushort value)
    {
        if (!BinaryPrimitives.TryWriteUInt16BigEndian(_buffer[Length..], value))
        {
            return false;
        }

        Length += sizeof(ushort);
        return true;
    }

    public bool TryWriteUInt32(uint value)
    {
        if (!BinaryPrimitives.TryWriteUInt32BigEndian(_buffer[Length..], value))
        {
            return false;
        }

        Length += sizeof(uint);
        return true;
    }

    public bool TryWriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        if (!bytes.TryCopyTo(_buffer[Length..]))
        {
            return false;
        }

        Length += bytes.Length;
        return true;
    }

    public bool TryWriteQuestion(DnsQuestion question) =>
        TryWriteName(question.Name) && TryWriteUInt16((ushort)question.Type) && TryWriteUInt16(question.Class);

    /// <summary>OPT (RFC 6891, section 6.1.2); <see cref="OptLength"/> octets.</summary>
    public bool TryWriteOpt(DnsEdns edns, DnsResponseCode code) =>
        TryWriteByte(0)
        && TryWriteUInt16((ushort)DnsType.Opt)
        && TryWriteUInt16(edns.UdpSize)
        && TryWriteByte((byte)((ushort)code >> 4))
        && TryWriteByte(edns.Version)
        && TryWriteUInt16(edns.DnssecOk ? (ushort)0x8000 : (ushort)0)
        && TryWriteUInt16(0);

    public bool TryWriteAddress(IPAddress address)
    {
        if (!address.TryWriteBytes(_buffer[Length..], out var written))
        {
            return false;
        }

        Length += written;
        return true;
    }

    /// <summary>Writes text as Latin-1: one octet for each char.</summary>
    public bool TryWriteText(string text)
    {
        if (!Encoding.Latin1.TryGetBytes(text, _buffer[Length..], out var written))
        {
            return false;
        }

        Length += written;
        return true;
    }

    public bool TryWriteName(string name, bool compress = true)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxWireLength];
        if (!DnsName.TryEncode(name, wire, out var length))
        {
            throw new ArgumentException($"'{name}' cannot be a name in the DNS", nameof(name));
        }

        wire = wire[..length];
        for (var at = 0; wire[at] != 0; at += 1 + wire[at])
        {
            if (compress && TryFind(wire[at..], out var target))
            {
                return TryWriteLabels(wire[..at]) && TryWriteUInt16((ushort)(0xC000 | target));
            }
        }

        return TryWriteLabels(wire);
    }

    /// <summary>Overwrites octets at an offset already written.</summary>
    public readonly void OverwriteUInt16(int at, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(_buffer[at..], value);

    /// <summary>Goes back to where a part began.</summary>
    /// <returns>False.</returns>
    public bool Undo(int start)
    {
        Length = start;
        while (_targetCount > 0 && _targets[_targetCount - 1] >= start)
        {
            _targetCount--;
        }

        return false;
    }

    private bool TryWriteLabels(scoped ReadOnlySpan<byte> wire)
    {
        var start = Length;
        if (!TryWriteBytes(wire))
        {
            return false;
        }

        for (var at = 0; at < wire.Length && wire[at] != 0 && start + at <= MaxPointer && _targetCount < _targets.Length; at += 1 + wire[at])
        {
            _targets[_targetCount++] = (ushort)(start + at);
        }

        return true;
    }

    private readonly bool TryFind(scoped ReadOnlySpan<byte> name, out int target)
    {
        foreach (var candidate in _targets[.._targetCount])
        {
            if (IsAt(candidate, name))
            {
                target = candidate;
                return true;
            }
        }

        target = 0;
        return false;
    }

    /// <summary>Whether the name that begins at an offset is this one; both are in lower case and end with the root.</summary>
    private readonly bool IsAt(int offset, scoped ReadOnlySpan<byte> name)
    {
        while (true)
        {
            var head = _buffer[offset];
            if (head >= 0xC0)
            {
                offset = BinaryPrimitives.ReadUInt16BigEndian(_buffer[offset..]) & MaxPointer;
                continue;
            }

            if (!_buffer.Slice(offset, 1 + head).SequenceEqual(name[..Math.Min(1 + head, name.Length)]))
            {
                return false;
            }

            if (head == 0)
            {
                return true;
            }

            offset += 1 + head;
            name = name[(1 + head)..];
        }
    }
}
