using System.Buffers;
using System.Globalization;
using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// A reply (RFC 5321, section 4.2), with an enhanced status code (RFC 2034) or without.
/// Lines are kept as they go out: printable ASCII, folded so that no line on the wire is over 512 octets.
/// Control characters become blanks, other characters question marks. Replies with the same content are equal.
/// </summary>
/// <param name="Code">Three digits, 200 to 599.</param>
/// <param name="Status">The enhanced status, written on every line; null where none is due (greeting, HELO and EHLO, 3xx).</param>
/// <param name="Lines">The text, one string a line; at least one.</param>
public sealed record SmtpReply(int Code, EnhancedStatus? Status, IReadOnlyList<string> Lines)
{
    private byte[]? _wire; // made once: the same few replies are written over and over

    /// <summary>A reply with one line of text.</summary>
    /// <param name="code">Three digits, 200 to 599.</param>
    /// <param name="status">"4.7.1", or "" for none.</param>
    /// <param name="text">The text; too long a one is folded.</param>
    /// <exception cref="FormatException"><paramref name="status"/> is neither empty nor an enhanced status.</exception>
    public SmtpReply(int code, string status, string text)
        : this(code, status.Length == 0 ? null : EnhancedStatus.Parse(status), [text])
    {
    }

    private SmtpReply(SmtpReply original)
    {
        // A copy made by 'with' has a wire form of its own.
        Code = original.Code;
        Status = original.Status;
        Lines = original.Lines;
    }

    public int Code { get; init => field = CheckCode(value); } = CheckCode(Code);

    public IReadOnlyList<string> Lines { get; init => field = ReplyText.Clean(value); } = ReplyText.Clean(Lines);

    public bool IsPositive => Code / 100 == 2;

    public bool IsIntermediate => Code / 100 == 3;

    public bool IsTransient => Code / 100 == 4;

    public bool IsPermanent => Code / 100 == 5;

    /// <summary>Writes the reply as it goes over the wire, the last CRLF included.</summary>
    public void WriteTo(IBufferWriter<byte> output) => output.Write(_wire ??= Encode());

    public bool Equals(SmtpReply? other) =>
        other is not null && Code == other.Code && Status == other.Status && Lines.SequenceEqual(other.Lines);

    public override int GetHashCode() => HashCode.Combine(Code, Status, Lines.Count, Lines[0]);

    /// <summary>The whole reply on one line, for logs.</summary>
    public override string ToString()
    {
        var text = string.Join(' ', Lines);
        return Status is { } status
            ? string.Create(CultureInfo.InvariantCulture, $"{Code} {status} {text}")
            : string.Create(CultureInfo.InvariantCulture, $"{Code} {text}");
    }

    private static int CheckCode(int code) =>
        code is >= 200 and <= 599 ? code : throw new ArgumentOutOfRangeException(nameof(code), code, "A reply code is 200 to 599.");

    private byte[] Encode()
    {
        var wire = new StringBuilder();
        var status = Status?.ToString() ?? "";
        for (var i = 0; i < Lines.Count; i++)
        {
            wire.Append(CultureInfo.InvariantCulture, $"{Code}").Append(i < Lines.Count - 1 ? '-' : ' ').Append(status);
            if (status.Length > 0 && Lines[i].Length > 0)
            {
                wire.Append(' ');
            }

            wire.Append(Lines[i]).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(wire.ToString());
    }
}
