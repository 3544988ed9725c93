using System.Buffers;
using System.Globalization;
using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// Reads the replies of a next hop (RFC 5321, section 4.2), one or more lines each, at any split.
/// Lines and parts of lines are consumed as they come, so the caller never holds more than <see cref="SmtpLimits.PeerReplyLine"/> octets.
/// Text beyond the limits is cut. Where the lines differ in their codes, the last one's counts, because it ends the reply.
/// A lone LF ends a line too, as some servers write it; a lone CR is malformed.
/// </summary>
public sealed class SmtpReplyReader
{
    private readonly List<string> _lines = [];
    private string? _cut;
    private int _code;
    private long _octets;

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

    private ReplyStatus TryReadLine(ref ReadOnlySequence<byte> buffer, out string line)
    {
        line = "";
        while (true)
        {
            var full = buffer.Length >= SmtpLimits.PeerReplyLine;
            var window = full ? buffer.Slice(0, SmtpLimits.PeerReplyLine) : buffer;
            if (window.PositionOf((byte)'\n') is { } end)
            {
                line = _cut ?? Encoding.UTF8.GetString(window.Slice(0, end));
                _octets += window.Slice(0, end).Length + 1;
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                _cut = null;
                line = line.EndsWith('\r') ? line[..^1] : line;
                return line.Contains('\r') || _octets > SmtpLimits.PeerReply ? ReplyStatus.Malformed : ReplyStatus.Reply;
            }

            if (!full)
            {
                return ReplyStatus.NeedMore;
            }

            _cut ??= Encoding.UTF8.GetString(window);
            _octets += window.Length;
            buffer = buffer.Slice(window.Length);
            if (_octets > SmtpLimits.PeerReply || !IsReplyLine(_cut))
            {
                return ReplyStatus.Malformed;
            }
        }
    }

    private bool TryTakeLine(string line, out bool isLast)
    {
        isLast = line.Length == 3 || (line.Length > 3 && line[3] == ' ');
        if (!IsReplyLine(line))
        {
            return false;
        }

        _code = int.Parse(line.AsSpan(0, 3), CultureInfo.InvariantCulture);
        if (_lines.Count < SmtpLimits.PeerReplyLines)
        {
            _lines.Add(line.Length > 4 ? line[4..] : "");
        }

        return true;
    }

    private static bool IsReplyLine(string line) =>
        line.Length >= 3
        && (line.Length == 3 || line[3] is ' ' or '-')
        && int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
        && code is >= 200 and <= 599;

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
        _octets = 0;
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
