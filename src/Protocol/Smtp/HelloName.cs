using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// The argument of HELO and EHLO (RFC 5321, section 4.1.1.1). Only its form is checked, less strictly than the RFC:
/// mail must not be refused because of this name (section 4.1.4). It must be safe in a Received header and in XCLIENT.
/// </summary>
public static class HelloName
{
    private static SearchValues<char> NameCharacters { get; } =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    /// <summary>dtext (RFC 5321, section 4.1.3, dcontent): printable without brackets and backslash.</summary>
    private static SearchValues<char> LiteralCharacters { get; } =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!\"#$%&'()*+,-./:;<=>?@^_`{|}~");

    /// <summary>Checks the argument; 501 5.5.4 is due if it is false.</summary>
    /// <param name="argument">A host name, or something in brackets; the text after the verb.</param>
    /// <param name="name">The name as it was given.</param>
    public static bool TryParse(string argument, [NotNullWhen(true)] out string? name)
    {
        name = argument.Length <= SmtpLimits.Domain && (IsName(argument) || IsLiteral(argument)) ? argument : null;
        return name is not null;
    }

    private static bool IsName(ReadOnlySpan<char> text) =>
        !text.IsEmpty && text[0] != '.' && text.IndexOf("..") < 0 && !text.ContainsAnyExcept(NameCharacters);

    private static bool IsLiteral(ReadOnlySpan<char> text) =>
        text is ['[', _, .., ']'] && !text[1..^1].ContainsAnyExcept(LiteralCharacters);
}
