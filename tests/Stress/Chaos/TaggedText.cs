using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ThrottleNet.Stress.Chaos;

/// <summary>
/// The text of a message of a chaos run. It names the message and the attempt to send it, so that each delivery can be traced to one attempt, and it shows at its
/// end whether it is whole.
/// </summary>
internal static class TaggedText
{
    // Over the 64 KiB that a node keeps in memory: such a text goes into a file.
    private const int LargeText = 100_000;
    private const int OneInIsLarge = 64;
    private const string Field = "X-Chaos: ";

    private static readonly byte[] Filling = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(".a line that begins with a dot, or without\r\n", (LargeText / 44) + 1)));

    /// <summary>The text with its line ends, dot-stuffed, without the final dot.</summary>
    public static byte[] Write(int number, int attempt)
    {
        var octets = number % OneInIsLarge == 0 ? LargeText : 100 + (number * 7 % 1000);
        var lines = octets / 44;
        var head = string.Create(CultureInfo.InvariantCulture, $"From: <sender@people.test>\r\nSubject: chaos\r\n{Field}{number} {attempt} {lines}\r\n\r\n");
        var end = End(number, attempt);

        // Each line of the filling begins with a dot, so a second one goes before it (RFC 5321, section 4.5.2).
        var text = new byte[head.Length + (lines * 45) + end.Length];
        var at = Encoding.ASCII.GetBytes(head, text);
        for (var line = 0; line < lines; line++)
        {
            text[at++] = (byte)'.';
            Filling.AsSpan(line * 44, 44).CopyTo(text.AsSpan(at));
            at += 44;
        }

        Encoding.ASCII.GetBytes(end, text.AsSpan(at));
        return text;
    }

    /// <summary>Reads a text that arrived, without dot-stuffing. The number is -1 where the text names none.</summary>
    public static (int Number, int Attempt, bool IsWhole) Read(ReadOnlySpan<byte> text)
    {
        var at = text.IndexOf(Encoding.ASCII.GetBytes("\r\n" + Field));
        if (at < 0)
        {
            return (-1, 0, false);
        }

        var rest = text[(at + 2 + Field.Length)..];
        if (!TryReadNumber(ref rest, out var number) || !TryReadNumber(ref rest, out var attempt) || !TryReadNumber(ref rest, out var lines))
        {
            return (-1, 0, false);
        }

        // What is left is the end of the field's line, an empty line, the filling and the end.
        var isWhole = rest.Length == 4 + (lines * 44) + End(number, attempt).Length && rest.EndsWith(Encoding.ASCII.GetBytes(End(number, attempt)));
        return (number, attempt, isWhole);
    }

    /// <summary>What the next hop replies to it. A node passes a positive reply on as it is, so the sender sees that the reply is to its own message.</summary>
    public static string ReplyTo(int number, int attempt) => string.Create(CultureInfo.InvariantCulture, $"250 2.0.0 took {number} {attempt}");

    private static string End(int number, int attempt) => string.Create(CultureInfo.InvariantCulture, $"end of {number} {attempt}\r\n");

    private static bool TryReadNumber(ref ReadOnlySpan<byte> rest, out int value)
    {
        rest = rest.TrimStart((byte)' ');
        var isNumber = Utf8Parser.TryParse(rest, out value, out var used);
        rest = rest[used..];
        return isNumber;
    }
}
