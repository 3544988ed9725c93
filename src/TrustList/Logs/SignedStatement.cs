using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>A statement and its signed line.</summary>
/// <param name="Statement">The statement.</param>
/// <param name="Line">The whole line, without line end.</param>
public sealed record SignedStatement(Statement Statement, ReadOnlyMemory<byte> Line)
{
    private const int SignatureText = 86;

    private static ReadOnlySpan<byte> Mark => " sig="u8;

    public LogHead Head => new(Statement.Seq, LineHash.Of(Line.Span), Statement.Issued);

    /// <summary>
    /// Signs a draft as the next statement of the key's log. It sets author, seq, previous hash and issued: the given time in whole seconds,
    /// or the last statement's time where the clock has gone back.
    /// </summary>
    /// <exception cref="ArgumentException">The draft breaks a rule; the message says which.</exception>
    public static SignedStatement Sign(Statement draft, SigningKey key, LogHead head, DateTimeOffset now)
    {
        var second = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        var statement = draft with
        {
            Author = key.Public.Id,
            Seq = head.Seq + 1,
            Previous = head.Hash,
            Issued = second < head.Issued ? head.Issued : second,
        };
        if (StatementRules.Problem(statement) is { } problem)
        {
            throw new ArgumentException(problem, nameof(draft));
        }

        var body = StatementText.Body(statement);
        var signature = Encoding.ASCII.GetBytes(Base64Url.EncodeToString(key.Sign(body)));
        return new(statement, (byte[])[.. body, .. Mark, .. signature]);
    }

    /// <summary>Reads a line, without checking its signature; on failure says what is wrong.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> line, [NotNullWhen(true)] out SignedStatement? signed, [NotNullWhen(false)] out string? error)
    {
        signed = null;
        if (line.Length > StatementText.MaxLine)
        {
            error = $"it is longer than {StatementText.MaxLine} octets";
            return false;
        }

        var body = line.Length - Mark.Length - SignatureText;
        if (body < 0 || !line.Span[body..].StartsWith(Mark))
        {
            error = "it has no signature";
            return false;
        }

        if (!StatementText.TryParse(line.Span[..body], out var statement, out error))
        {
            return false;
        }

        signed = new(statement, line);
        return true;
    }

    /// <summary>Whether the key signed this line.</summary>
    public bool IsSignedBy(AuthorKey key)
    {
        Span<byte> signature = stackalloc byte[AuthorKey.SignatureLength];
        var text = Line.Span[^SignatureText..];

        // The last digit has 4 unused bits. They must be zero, so that a signature has only one text.
        return Statement.Author == key.Id
            && text[^1] is (byte)'A' or (byte)'Q' or (byte)'g' or (byte)'w'
            && Base64Url.IsValid(text, out var length)
            && length == signature.Length
            && !text.ContainsAny(" \t\r\n"u8)
            && Base64Url.TryDecodeFromUtf8(text, signature, out _)
            && key.Verifies(Line.Span[..^(SignatureText + Mark.Length)], signature);
    }
}
