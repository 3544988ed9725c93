using System.Buffers;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The parameters after a path (RFC 5321, section 4.1.2, Mail-parameters).</summary>
internal static class EsmtpParameters
{
    private static SearchValues<char> KeywordCharacters { get; } =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    /// <summary>Takes apart what follows the path.</summary>
    /// <param name="text">Empty, or a blank and parameters with blanks between them.</param>
    /// <param name="parameters">Keyword in upper case, and value; null for a keyword alone.</param>
    /// <returns>False if a parameter is malformed or stands twice.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out Dictionary<string, string?> parameters)
    {
        parameters = [];
        if (!text.IsEmpty && text[0] is not (' ' or '\t'))
        {
            return false;
        }

        foreach (var range in text.SplitAny(" \t"))
        {
            var parameter = text[range];
            if (parameter.IsEmpty)
            {
                continue;
            }

            var equals = parameter.IndexOf('=');
            var keyword = (equals < 0 ? parameter : parameter[..equals]).ToString().ToUpperInvariant();
            var value = equals < 0 ? null : parameter[(equals + 1)..].ToString();
            if (!IsKeyword(keyword) || !IsValue(value) || !parameters.TryAdd(keyword, value))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsKeyword(ReadOnlySpan<char> keyword) =>
        !keyword.IsEmpty && keyword[0] != '-' && !keyword.ContainsAnyExcept(KeywordCharacters);

    private static bool IsValue(string? value) =>
        value is null || (value.Length > 0 && !value.Contains('=') && !value.Any(c => c is <= ' ' or '\u007f'));
}
