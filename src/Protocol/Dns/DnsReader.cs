using System.Buffers.Binary;

namespace ThrottleNet.Protocol.Dns;

/// <summary>
/// Reads the parts of a message. Every method returns false instead of reading past the end. The work is bounded: a pointer must lead to an
/// octet before the labels that it ends, so no name can loop, and a name has at most <see cref="MaxHops"/> pointers.
/// </summary>
internal ref struct DnsReader(ReadOnlySpan<byte> message)
{
    public const int HeaderLength = 12;

    /// <summary>The most pointers in a name. No name has more labels, so a valid name needs no more. It bounds the work for chains of pointers.</summary>
    private const int MaxHops = 127;

    private ReadOnlySpan<byte> _message = message;
    private int _at;

    // Most records have a single pointer to the question's name as their owner, so the text of the last name is kept.
    private int _knownAt = -1;
    private string _knownName = "";

    public readonly int Remaining => _message.Length - _at;

    public bool TryReadByte(out byte value)
    {
        value = 0;
        if (Remaining < 1)
        {
            return false;
        }

        value = _message[_at++];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_message[_at..], out value))
        {
            return false;
        }

        _at += sizeof(ushort);
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_message[_at..], out value))
        {
            return false;
        }

        _at += sizeof(uint);
        return true;
    }

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (Remaining < count)
        {
            return false;
        }

        bytes = _message.Slice(_at, count);
        _at += count;
        return true;
    }

    /// <summary>A name, its pointers followed (RFC 1035, section 4.1.4).</summary>
    public bool TryReadName(out string name)
    {
        name = "";
        Span<char> text = stackalloc char[DnsName.MaxTextLength];
        var length = 0;
        var octets = 1; // of the uncompressed name, its root label included
        var start = _at;
        var at = _at;
        var runAt = _at;
        var end = -1;
        for (var hops = 0; ;)
        {
            if (at >= _message.Length)
            {
                return false;
            }

            int head = _message[at++];
            if (head == 0)
            {
                break;
            }

            if (head < 0x40)
            {
                octets += 1 + head;
                if (octets > DnsName.MaxWireLength || _message.Length - at < head)
                {
                    return false;
                }

                if (length > 0)
                {
                    text[length++] = '.';
                }

                length += DnsName.DecodeLabel(_message.Slice(at, head), text[length..]);
                at += head;
                continue;
            }

            // 01 and 10 are not in use (RFC 6891, section 5).
            if (head < 0xC0 || at >= _message.Length || ++hops > MaxHops)
            {
                return false;
            }

            var target = ((head & 0x3f) << 8) | _message[at++];
            if (target < HeaderLength || target >= runAt)
            {
                return false;
            }

            if (end < 0)
            {
                end = at;
            }

            if (length == 0)
            {
                start = target;
                if (target == _knownAt)
                {
                    name = _knownName;
                    _at = end;
                    return true;
                }
            }

            runAt = at = target;
        }

        name = new string(text[..length]);
        _at = end < 0 ? at : end;
        (_knownAt, _knownName) = (start, name);
        return true;
    }

    public bool TryReadQuestion(out DnsQuestion? question)
    {
        question = null;
        if (!TryReadName(out var name) || !TryReadUInt16(out var type) || !TryReadUInt16(out var @class))
        {
            return false;
        }

        question = new DnsQuestion(name, (DnsType)type, @class);
        return true;
    }

    /// <summary>Takes the next octets as a reader of their own, which reads as if the message ended with them.</summary>
    public bool TryTake(int length, out DnsReader part)
    {
        part = default;
        if (Remaining < length)
        {
            return false;
        }

        part = this with { _message = _message[..(_at + length)] };
        _at += length;
        return true;
    }
}
