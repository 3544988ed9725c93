using System.Buffers;
using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// The header section of a message (RFC 5322, section 2.2), field by field, so that a content check can add, change and remove fields.
/// Fields that are not changed keep their octets, so that signatures over them stay valid.
/// What is added cannot end the section or the message: line breaks in a value become folds (RFC 5322, section 2.2.3).
/// </summary>
public sealed class HeaderSection
{
    private readonly List<HeaderField> _fields = [];

    /// <summary>Takes apart the beginning of a message, up to the empty line, or to the first line that cannot belong to a field.</summary>
    /// <param name="text">The message's first octets; its lines end with CRLF. A field that is not complete here is left to the body.</param>
    /// <param name="isWhole">The message ends where <paramref name="text"/> ends.</param>
    /// <param name="toEmptyLine">
    /// The section goes on to the empty line, because some readers of messages find fields behind a malformed line: a line that cannot
    /// belong to a field becomes a field without a name, and the last line of the message may have no CRLF.
    /// </param>
    public HeaderSection(ReadOnlySpan<byte> text, bool isWhole, bool toEmptyLine = false)
    {
        var at = 0;
        var isMalformed = false;
        while (at < text.Length)
        {
            var length = FieldLength(text[at..], isWhole);
            if (length == 0 && toEmptyLine && !text[at..].StartsWith("\r\n"u8))
            {
                length = LinesLength(text[at..], isWhole, mayLackEnd: true);
                isMalformed |= length > 0;
            }

            if (length == 0)
            {
                break;
            }

            _fields.Add(HeaderField.Parse(text.Slice(at, length)));
            at += length;
        }

        Length = at;
        IsEnded = !isMalformed && (text[at..].StartsWith("\r\n"u8) || (isWhole && at == text.Length));
        IsCut = !isWhole && (at == text.Length || (toEmptyLine ? !text[at..].StartsWith("\r\n"u8) : HeaderField.MayBeName(text[at..])));
    }

    /// <summary>Octets of the original text that the fields were made from; the empty line is not among them.</summary>
    public int Length { get; }

    /// <summary>The text ended before the section did: fields that are not among <see cref="Fields"/> may follow.</summary>
    public bool IsCut { get; }

    /// <summary>The section ends as RFC 5322, section 2.1, says: by an empty line, or with the message.</summary>
    public bool IsEnded { get; }

    /// <summary>The fields as they are now, in order.</summary>
    public IReadOnlyList<HeaderField> Fields => _fields;

    /// <summary>Whether any field was added, changed or removed.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>
    /// Whether the header section, up to the empty line, is in a text and has no field of a name. Cheaper than to take the section apart. The fields are
    /// those that a section <c>toEmptyLine</c> has.
    /// </summary>
    /// <param name="text">The message's first octets.</param>
    /// <param name="isWhole">The message ends where <paramref name="text"/> ends.</param>
    /// <param name="name">Compared without case. A line that begins with a longer name counts as well.</param>
    public static bool HasNone(ReadOnlySpan<byte> text, bool isWhole, ReadOnlySpan<byte> name)
    {
        while (!text.StartsWith("\r\n"u8))
        {
            if (text.Length >= name.Length && Ascii.EqualsIgnoreCase(text[..name.Length], name))
            {
                return false;
            }

            var end = text.IndexOf("\r\n"u8);
            if (end < 0)
            {
                return isWhole;
            }

            text = text[(end + 2)..];
        }

        return true;
    }

    /// <summary>Adds a field behind the others.</summary>
    /// <exception cref="ArgumentException">The name is not a field name (RFC 5322, section 2.2).</exception>
    public void Add(string name, string value) => Insert(_fields.Count, name, value);

    /// <summary>Adds a field before the one that now has the index; an index beyond the last field adds it after the others.</summary>
    /// <inheritdoc cref="Add"/>
    public void Insert(int index, string name, string value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        _fields.Insert(Math.Min(index, _fields.Count), HeaderField.Create(name, value));
        IsChanged = true;
    }

    /// <summary>Gives a field another value, or removes it.</summary>
    /// <param name="name">Compared without case.</param>
    /// <param name="occurrence">1 for the first field of that name.</param>
    /// <param name="value">Null removes the field.</param>
    /// <returns>False if there is no such field; nothing is changed then.</returns>
    public bool Change(string name, int occurrence, string? value)
    {
        var index = -1;
        for (var left = occurrence; left > 0; left--)
        {
            index = _fields.FindIndex(index + 1, field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (index < 0)
            {
                return false;
            }
        }

        if (index < 0)
        {
            return false;
        }

        if (value is null)
        {
            _fields.RemoveAt(index);
        }
        else
        {
            _fields[index] = HeaderField.Create(_fields[index].Name, value);
        }

        IsChanged = true;
        return true;
    }

    /// <summary>Removes the fields for which a condition holds.</summary>
    /// <returns>How many they were.</returns>
    public int Remove(Predicate<HeaderField> condition)
    {
        var removed = _fields.RemoveAll(condition);
        IsChanged |= removed > 0;
        return removed;
    }

    /// <summary>Writes all fields, without the empty line that ends the section.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        foreach (var field in _fields)
        {
            output.Write(field.Octets.Span);
        }
    }

    // Octets of the field that the text begins with, its folded lines included; 0 if it does not begin with a whole one.
    private static int FieldLength(ReadOnlySpan<byte> text, bool isWhole) => HeaderField.StartsWithName(text) ? LinesLength(text, isWhole, mayLackEnd: false) : 0;

    // Octets of the line that the text begins with, and of its folded lines; 0 if their end is not in the text.
    private static int LinesLength(ReadOnlySpan<byte> text, bool isWhole, bool mayLackEnd)
    {
        var end = 0;
        while (true)
        {
            var line = text[end..].IndexOf("\r\n"u8);
            if (line < 0)
            {
                return isWhole && mayLackEnd ? text.Length : 0;
            }

            end += line + 2;
            if (end == text.Length)
            {
                // The next line may be a fold of this field.
                return isWhole ? end : 0;
            }

            if (text[end] is not ((byte)' ' or (byte)'\t'))
            {
                return end;
            }
        }
    }
}
