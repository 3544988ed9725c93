using System.Globalization;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The argument of BDAT (RFC 3030, section 2).</summary>
/// <param name="Size">Octets of the chunk, which follow the command line.</param>
/// <param name="IsLast">The text ends with this chunk.</param>
public readonly record struct BdatArgument(long Size, bool IsLast)
{
    /// <summary>Parses "1000" or "1000 LAST".</summary>
    /// <returns>False if it is anything else: where the next command begins is then unknown.</returns>
    public static bool TryParse(string text, out BdatArgument chunk)
    {
        var words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var isLast = words.Length == 2 && words[1].Equals("LAST", StringComparison.OrdinalIgnoreCase);
        chunk = default;
        if (!(words.Length == 1 || isLast) || !long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            return false;
        }

        chunk = new BdatArgument(size, isLast);
        return true;
    }
}
