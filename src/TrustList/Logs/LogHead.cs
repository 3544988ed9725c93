using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>The end of an author's log, which the next statement must follow.</summary>
/// <param name="Seq">The last statement's seq; 0 for an empty log.</param>
/// <param name="Hash">The last line's hash.</param>
/// <param name="Issued">When the last statement was issued. The next one must not be earlier.</param>
public readonly record struct LogHead(long Seq, LineHash Hash, DateTimeOffset Issued)
{
    /// <summary>Why a statement cannot be the next one; null when it follows.</summary>
    public string? Problem(AuthorKey author, Statement next) =>
        next.Author != author.Id ? "it is another author's"
        : next.Seq != Seq + 1 ? $"its seq is {next.Seq} where {Seq + 1} is due"
        : next.Previous != Hash ? "it does not follow the line before: the previous hash is another"
        : next.Issued < Issued ? "it was issued before the line before"
        : null;
}
