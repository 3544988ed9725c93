using System.Diagnostics.CodeAnalysis;
using System.Text;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>The first line of a log: <c>trustlog1 author=ID key=KEY</c>. The id is the hash of the key, so the line proves itself.</summary>
public static class LogHeader
{
    /// <summary>Octets of the line, line end included.</summary>
    public const int Length = 185;

    private const string Version = "trustlog1";

    /// <summary>The line, without line end.</summary>
    public static byte[] Line(AuthorKey key) => Encoding.ASCII.GetBytes($"{Version} author={key.Id} key={key.Text}");

    /// <summary>Reads the line. On failure the error says what is wrong.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, [NotNullWhen(true)] out AuthorKey? key, [NotNullWhen(false)] out string? error)
    {
        var words = Encoding.Latin1.GetString(line).Split(' ');
        key = null;
        if (words.Length != 3 || words[0] != Version || !words[2].StartsWith("key=", StringComparison.Ordinal)
            || !AuthorKey.TryParse(words[2].AsSpan(4), out key))
        {
            error = "it is not the head of a log";
            return false;
        }

        if (words[1] != $"author={key.Id}")
        {
            key.Dispose();
            key = null;
            error = "the author is not the one of the key";
            return false;
        }

        error = null;
        return true;
    }
}
