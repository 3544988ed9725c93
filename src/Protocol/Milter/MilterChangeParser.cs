using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ThrottleNet.Protocol.Milter;

/// <summary>Reads the changes that a filter asks for at the end of a message (libmilter, SMFIR_*).</summary>
internal static class MilterChangeParser
{
    // A header name, the colon apart: RFC 5322, section 2.1.1 limits the line.
    private const int MaxName = 998;

    // An address with its parameters fits a command line of SMTP.
    private const int MaxAddress = 2048;

    public static bool IsChange(char code) => Needs(code) != MilterActions.None;

    /// <summary>The action that must be negotiated for a packet; none where the packet is no change.</summary>
    public static MilterActions Needs(char code) => code switch
    {
        'h' => MilterActions.AddHeaders,
        'i' => MilterActions.AddHeaders | MilterActions.ChangeHeaders,
        'm' => MilterActions.ChangeHeaders,
        '+' => MilterActions.AddRecipients,
        '2' => MilterActions.AddRecipientsWithArguments,
        '-' => MilterActions.DeleteRecipients,
        'e' => MilterActions.ChangeSender,
        'q' => MilterActions.Quarantine,
        _ => MilterActions.None,
    };

    public static bool TryParse(char code, ReadOnlySpan<byte> data, [NotNullWhen(true)] out MilterChange? change)
    {
        change = code switch
        {
            'h' => Header(data, 0, static (_, name, value) => new MilterChange.AddHeader(name, value)),
            'i' => Indexed(data, static (index, name, value) => new MilterChange.InsertHeader(index, name, value)),

            // sendmail takes index 0 for the first one, too.
            'm' => Indexed(data, static (index, name, value) => new MilterChange.ChangeHeader(Math.Max(index, 1), name, value)),
            '+' => Address(data, static (address, _) => new MilterChange.AddRecipient(address, ""), arguments: false),
            '2' => Address(data, static (address, arguments) => new MilterChange.AddRecipient(address, arguments), arguments: true),
            '-' => Address(data, static (address, _) => new MilterChange.DeleteRecipient(address), arguments: false),
            'e' => Address(data, static (address, arguments) => new MilterChange.ChangeSender(address, arguments), arguments: true),
            'q' => TryText(ref data, MaxAddress, out var reason) && data.IsEmpty ? new MilterChange.Quarantine(reason) : null,
            _ => null,
        };
        return change is not null;
    }

    private static MilterChange? Indexed(ReadOnlySpan<byte> data, Func<int, string, string, MilterChange> make) =>
        data.Length > sizeof(int) && BinaryPrimitives.ReadInt32BigEndian(data) is >= 0 and var index
            ? Header(data[sizeof(int)..], index, make)
            : null;

    private static MilterChange? Header(ReadOnlySpan<byte> data, int index, Func<int, string, string, MilterChange> make)
    {
        var end = data.IndexOf((byte)0);
        if (end is < 1 or > MaxName || data[^1] != 0)
        {
            return null;
        }

        var name = data[..end];
        var value = data[(end + 1)..];
        return value.IsEmpty || value[..^1].Contains((byte)0) || name.ContainsAnyExceptInRange((byte)'!', (byte)'~') || name.Contains((byte)':')
            ? null
            : make(index, Encoding.ASCII.GetString(name), Encoding.UTF8.GetString(value[..^1]));
    }

    private static MilterChange? Address(ReadOnlySpan<byte> data, Func<string, string, MilterChange> make, bool arguments)
    {
        var given = "";
        return TryText(ref data, MaxAddress, out var address)
            && (data.IsEmpty || (arguments && TryText(ref data, MaxAddress, out given) && data.IsEmpty))
                ? make(address, given)
                : null;
    }

    private static bool TryText(ref ReadOnlySpan<byte> data, int most, out string text)
    {
        var end = data.IndexOf((byte)0);
        text = end >= 0 && end <= most ? Encoding.UTF8.GetString(data[..end]) : "";
        data = end >= 0 ? data[(end + 1)..] : data;
        return end >= 0 && end <= most && !text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.Contains('\x7f', StringComparison.Ordinal);
    }
}
