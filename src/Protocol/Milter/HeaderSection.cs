using System.Buffers;
using System.Text;

namespace ThrottleNet.Protocol.Milter;

/// <summary>
/// The headers of one message, with the changes that filters ask for. Headers that nobody changes stay octet for octet. Indexes are as
/// sendmail and Postfix count: insertions include the server's own trace header, changes do not.
/// </summary>
public sealed class HeaderSection
{
    private readonly List<HeaderField> _fields;
    private HeaderField? _trace;

    private HeaderSection(List<HeaderField> fields, bool hasSeparator)
    {
        _fields = fields;
        HasSeparator = hasSeparator;
    }

    /// <summary>The headers but the server's own, in order.</summary>
    public IEnumerable<HeaderField> Fields => _fields.Where(f => !ReferenceEquals(f, _trace));

    /// <summary>Whether an empty line parts headers and body. Without it the message ends with its headers, or its body begins with a line that is none.</summary>
    public bool HasSeparator { get; }

    /// <summary>Whether anything was changed.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Reads the headers at the start of a text whose lines end with CRLF.</summary>
    /// <param name="start">The start of the text; the section refers to it.</param>
    /// <param name="isAll">The text has no more than that.</param>
    /// <param name="length">Octets of the section, the empty line included: where the body begins.</param>
    /// <returns>Null where the section does not end within what is there.</returns>
    public static HeaderSection? Read(ReadOnlyMemory<byte> start, bool isAll, out int length)
    {
        var fields = new List<HeaderField>();
        var (begin, nameLength, at) = (0, 0, 0);
        length = 0;
        while (true)
        {
            var rest = start.Span[at..];
            var end = rest.IndexOf("\r\n"u8);
            if (end < 0 && !isAll)
            {
                return null;
            }

            var line = end < 0 ? rest : rest[..end];
            var folded = fields.Count + nameLength > 0 && line is [(byte)' ' or (byte)'\t', ..];
            if (!folded)
            {
                if (nameLength > 0)
                {
                    fields.Add(new HeaderField(Encoding.ASCII.GetString(start.Span.Slice(begin, nameLength)), start[begin..at]));
                }

                (begin, nameLength) = (at, HeaderField.NameLength(line));
                if (nameLength == 0)
                {
                    var separated = line.IsEmpty && end == 0;
                    length = separated ? at + 2 : at;
                    return new HeaderSection(fields, separated);
                }
            }

            at += end < 0 ? line.Length : end + 2;
        }
    }

    /// <summary>Puts the server's own trace header before all others. Filters don't see it and cannot change it.</summary>
    public void AddTrace(HeaderField trace)
    {
        _trace = trace;
        _fields.Insert(0, trace);
    }

    /// <summary>Applies a change of a header; changes of other kinds do nothing.</summary>
    /// <param name="change">As the filter sent it.</param>
    /// <param name="addBlank">Values come without the blank behind the colon.</param>
    public void Apply(MilterChange change, bool addBlank)
    {
        switch (change)
        {
            case MilterChange.AddHeader add:
                Insert(_fields.Count, HeaderField.Make(add.Name, add.Value, addBlank));
                break;
            case MilterChange.InsertHeader insert:
                Insert(Math.Min(insert.Index, _fields.Count), HeaderField.Make(insert.Name, insert.Value, addBlank));
                break;
            case MilterChange.ChangeHeader present when Find(present.Name, present.Index) is >= 0 and var found:
                IsChanged = true;
                _fields.RemoveAt(found);
                if (present.Value.Length > 0)
                {
                    Insert(found, HeaderField.Make(present.Name, present.Value, addBlank));
                }

                break;
            case MilterChange.ChangeHeader { Value.Length: > 0 } absent:
                Insert(_fields.Count, HeaderField.Make(absent.Name, absent.Value, addBlank));
                break;
        }
    }

    /// <summary>Writes the section as it is now.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        foreach (var field in _fields)
        {
            output.Write(field.Raw.Span);
        }

        if (HasSeparator)
        {
            output.Write("\r\n"u8);
        }
    }

    private void Insert(int index, HeaderField field)
    {
        IsChanged = true;
        _fields.Insert(index, field);
    }

    private int Find(string name, int index)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            if (!ReferenceEquals(_fields[i], _trace) && _fields[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase) && --index == 0)
            {
                return i;
            }
        }

        return -1;
    }
}
