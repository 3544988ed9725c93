using System.Buffers;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Milter;

/// <summary>Header fields between a message and a filter.</summary>
public static class MilterHeaders
{
    /// <summary>What stands behind a field's colon, as filters get it: lines ended by LF, the last one by nothing.</summary>
    public static ReadOnlySpan<byte> Value(HeaderField field)
    {
        var octets = field.Octets.Span;
        var value = octets[(octets.IndexOf((byte)':') + 1)..];
        value = value.EndsWith("\r\n"u8) ? value[..^2] : value;
        if (value.IndexOf("\r\n"u8) < 0)
        {
            return value;
        }

        var plain = new ArrayBufferWriter<byte>(value.Length);
        for (var end = value.IndexOf("\r\n"u8); end >= 0; end = value.IndexOf("\r\n"u8))
        {
            plain.Write(value[..end]);
            plain.Write("\n"u8);
            value = value[(end + 2)..];
        }

        plain.Write(value);
        return plain.WrittenSpan;
    }

    /// <summary>
    /// Applies a change of a header field. Insertions count the mail server's own Received field, which stands before the section, as
    /// sendmail and Postfix do: 0 and 1 both put the new field before the section's first. A change of a field that is not there adds it;
    /// the removal of such a field does nothing.
    /// </summary>
    /// <returns>False where the change is none of a header field; nothing is changed then.</returns>
    public static bool Apply(HeaderSection header, MilterChange change)
    {
        switch (change)
        {
            case MilterChange.AddHeader add:
                header.Add(add.Name, add.Value);
                return true;
            case MilterChange.InsertHeader insert:
                header.Insert(Math.Max(insert.Index - 1, 0), insert.Name, insert.Value);
                return true;
            case MilterChange.ChangeHeader { Value.Length: 0 } remove:
                header.Change(remove.Name, remove.Index, null);
                return true;
            case MilterChange.ChangeHeader replace:
                if (!header.Change(replace.Name, replace.Index, replace.Value))
                {
                    header.Add(replace.Name, replace.Value);
                }

                return true;
            default:
                return false;
        }
    }
}
