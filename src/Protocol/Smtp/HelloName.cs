using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// The argument of HELO and EHLO (RFC 5321, section 4.1.1.1). Devices and phones send any name that their owner gave them. Mail must
/// not be refused because of this name (section 4.1.4), so any text is accepted; it is used in the log and in the Received field.
/// </summary>
public static class HelloName
{
    private static SearchValues<char> NameCharacters { get; } =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    /// <summary>dtext (RFC 5321, section 4.1.3, dcontent): printable without brackets and backslash.</summary>
    private static SearchValues<char> LiteralCharacters { get; } =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!\"#$%&'()*+,-./:;<=>?@^_`{|}~");

    /// <summary>Takes the argument.</summary>
    /// <param name="argument">The text after the verb.</param>
    /// <param name="name">The name as it was given, cut at <see cref="SmtpLimits.Domain"/> characters.</param>
    /// <returns>False if there is none; 501 5.5.4 is due.</returns>
    public static bool TryParse(string argument, [NotNullWhen(true)] out string? name)
    {
        name = argument.Length == 0 ? null : argument[..Math.Min(argument.Length, SmtpLimits.Domain)];
        return name is not null;
    }

    /// <summary>True when a name has the form of a host name or an address literal, so that it can be said to another server.</summary>
    public static bool IsHost(string name) => name.Length <= SmtpLimits.Domain && (IsName(name) || IsLiteral(name));

    private static bool IsName(ReadOnlySpan<char> text) =>
        !text.IsEmpty && text[0] != '.' && text.IndexOf("..") < 0 && !text.ContainsAnyExcept(NameCharacters);

    private static bool IsLiteral(ReadOnlySpan<char> text) =>
        text is ['[', _, .., ']'] && !text[1..^1].ContainsAnyExcept(LiteralCharacters);
}
