using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ThrottleNet.TrustList.Statements;

/// <summary>
/// The canonical form of a statement: one line of UTF-8 text with the fields in a fixed order, one space between them, absent fields left out.
/// <code>trust1 author=… seq=1 prev=… issued=2026-01-01T00:00:00Z action=enrol subject=192.0.2.10/32 kind=list-host org="…" contact="…" expires=… sig=…</code>
/// Texts are in double quotes, with <c>\"</c> and <c>\\</c> as the only escapes. The signature covers everything before " sig=". A line is
/// valid only if writing the statement again gives the same octets, so a statement has only one form.
/// </summary>
public static class StatementText
{
    /// <summary>Octets of a line: all texts at their longest, in three-octet characters.</summary>
    public const int MaxLine = 4096;

    private const string Version = "trust1";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The signed part of the line.</summary>
    public static byte[] Body(Statement statement)
    {
        var text = new StringBuilder(512);
        text.Append(CultureInfo.InvariantCulture, $"{Version} author={statement.Author} seq={statement.Seq} prev={statement.Previous}");
        text.Append(CultureInfo.InvariantCulture, $" issued={Time(statement.Issued)} action={Words.Of(statement.Action)} subject={statement.Subject}");
        Append(text, "delegate", statement.Delegate);
        Append(text, "kind", statement.Kind is { } kind ? Words.Of(kind) : null);
        AppendQuoted(text, "org", statement.Organisation);
        AppendQuoted(text, "contact", statement.Contact);
        Append(text, "hosts", statement.Hosts?.ToString(CultureInfo.InvariantCulture));
        Append(text, "rate", statement.RatePerHour?.ToString(CultureInfo.InvariantCulture));
        Append(text, "expires", statement.Expires is { } expires ? Time(expires) : null);
        AppendQuoted(text, "reason", statement.Reason);
        return Strict.GetBytes(text.ToString());
    }

    /// <summary>Reads the signed part of a line; on failure says what is wrong.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, [NotNullWhen(true)] out Statement? statement, [NotNullWhen(false)] out string? error)
    {
        statement = null;
        try
        {
            statement = Read(new FieldReader(Strict.GetString(body)));
            error = StatementRules.Problem(statement);
        }
        catch (DecoderFallbackException)
        {
            error = "it is not UTF-8";
        }
        catch (FormatException exception)
        {
            error = exception.Message;
        }

        if (error is null && !Body(statement!).AsSpan().SequenceEqual(body))
        {
            error = "it is not in canonical form";
        }

        return error is null;
    }

    private static Statement Read(FieldReader fields)
    {
        fields.Expect(Version);
        return new Statement
        {
            Author = fields.Required("author").ToString(),
            Seq = Number<long>(fields.Required("seq")),
            Previous = LineHash.TryParse(fields.Required("prev"), out var hash) ? hash : throw new FormatException("prev is not a SHA-256 in hexadecimal"),
            Issued = Time(fields.Required("issued")),
            Action = Words.TryParse(fields.Required("action"), out TrustAction action) ? action : throw new FormatException("the action is not known"),
            Subject = TrustSubject.TryParse(fields.Required("subject").ToString(), out var subject, out var problem) ? subject : throw new FormatException(problem),
            Delegate = fields.Optional("delegate") is { Length: > 0 } id ? id.ToString() : null,
            Kind = fields.Optional("kind") is { Length: > 0 } word ? Kind(word) : null,
            Organisation = fields.Quoted("org"),
            Contact = fields.Quoted("contact"),
            Hosts = fields.Optional("hosts") is { Length: > 0 } hosts ? Number<int>(hosts) : null,
            RatePerHour = fields.Optional("rate") is { Length: > 0 } rate ? Number<int>(rate) : null,
            Expires = fields.Optional("expires") is { Length: > 0 } expires ? Time(expires) : null,
            Reason = fields.QuotedLast("reason"),
        };
    }

    private static TrustKind Kind(ReadOnlySpan<char> word) =>
        Words.TryParse(word, out TrustKind kind) ? kind : throw new FormatException("the kind is not known");

    private static T Number<T>(ReadOnlySpan<char> text)
        where T : System.Numerics.IBinaryInteger<T> =>
        T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException($"{text} is not a number");

    private static DateTimeOffset Time(ReadOnlySpan<char> text) =>
        DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new FormatException($"{text} is not a time such as 2026-01-01T00:00:00Z");

    private static string Time(DateTimeOffset time) => time.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static void Append(StringBuilder text, string name, string? value)
    {
        if (value is not null)
        {
            text.Append(' ').Append(name).Append('=').Append(value);
        }
    }

    private static void AppendQuoted(StringBuilder text, string name, string value)
    {
        if (value.Length > 0)
        {
            text.Append(' ').Append(name).Append("=\"")
                .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))
                .Append('"');
        }
    }
}
