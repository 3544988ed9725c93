using System.Buffers;
using System.Globalization;
using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The result of an attempt to read a reply.</summary>
public enum ReplyStatus
{
    /// <summary>The reply is not complete.</summary>
    NeedMore,

    /// <summary>A reply was read.</summary>
    Reply,

    /// <summary>The peer does not speak SMTP; the connection is of no further use.</summary>
    Malformed,
}

/// <summary>
/// Reads the replies of a next hop (RFC 5321, section 4.2), one or more lines each, at any split.
/// Whole lines are consumed at once, so the caller never holds more than <see cref="SmtpLimits.PeerReplyLine"/> octets.
/// A lone LF ends a line too, as some servers write it; a lone CR is malformed.
/// </summary>
public sealed class SmtpReplyReader
{
    private readonly List<string> _lines = [];
    private int _code;

    /// <summary>Reads the next reply.</summary>
    /// <param name="buffer">The octets at hand; afterwards what is left of them.</param>
    /// <param name="reply">The reply, its enhanced status apart from the text if it has one; else null.</param>
    public ReplyStatus TryRead(ref ReadOnlySequence<byte> buffer, out SmtpReply? reply)
    {
        reply = null;
        while (true)
        {
            switch (TryReadLine(ref buffer, out var line))
            {
                case ReplyStatus.NeedMore:
                    return ReplyStatus.NeedMore;
                case ReplyStatus.Malformed:
                    return ReplyStatus.Malformed;
            }

            if (!TryTakeLine(line, out var isLast))
            {
                return ReplyStatus.Malformed;
            }

            if (isLast)
            {
                reply = TakeReply();
                return ReplyStatus.Reply;
            }
        }
    }

    private static ReplyStatus TryReadLine(ref ReadOnlySequence<byte> buffer, out string line)
    {
        line = "";
        var full = buffer.Length >= SmtpLimits.PeerReplyLine;
        var window = full ? buffer.Slice(0, SmtpLimits.PeerReplyLine) : buffer;
        if (window.PositionOf((byte)'\n') is not { } end)
        {
            return full ? ReplyStatus.Malformed : ReplyStatus.NeedMore;
        }

        line = Encoding.UTF8.GetString(window.Slice(0, end));
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        if (line.EndsWith('\r'))
        {
            line = line[..^1];
        }

        return line.Contains('\r') ? ReplyStatus.Malformed : ReplyStatus.Reply;
    }

    private bool TryTakeLine(string line, out bool isLast)
    {
        isLast = line.Length == 3 || (line.Length > 3 && line[3] == ' ');
        if (!(isLast || (line.Length > 3 && line[3] == '-'))
            || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            || code is < 200 or > 599
            || (_lines.Count > 0 && code != _code)
            || _lines.Count == SmtpLimits.PeerReplyLines)
        {
            return false;
        }

        _code = code;
        _lines.Add(line.Length > 4 ? line[4..] : "");
        return true;
    }

    private SmtpReply TakeReply()
    {
        var status = FindStatus();
        if (status?.ToString() is { } prefix)
        {
            for (var i = 0; i < _lines.Count; i++)
            {
                _lines[i] = WithoutStatus(_lines[i], prefix);
            }
        }

        var reply = new SmtpReply(_code, status, _lines);
        _lines.Clear();
        return reply;
    }

    /// <summary>The status the first line begins with, if its class is that of the code (RFC 2034, section 4).</summary>
    private EnhancedStatus? FindStatus()
    {
        var first = _lines[0].AsSpan();
        var blank = first.IndexOf(' ');
        var word = blank < 0 ? first : first[..blank];
        return EnhancedStatus.TryParse(word, out var status) && status.Class == _code / 100 ? status : null;
    }

    private static string WithoutStatus(string line, string status) =>
        !line.StartsWith(status, StringComparison.Ordinal) ? line
        : line.Length == status.Length ? ""
        : line[status.Length] == ' ' ? line[(status.Length + 1)..]
        : line;
}
