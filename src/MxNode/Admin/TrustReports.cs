using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Admin;

/// <summary>A statement, as JSON output has it.</summary>
internal sealed record StatementReport(
    string Author, long Seq, DateTimeOffset Issued, string Action, string Subject, string? Delegate, string? Kind, string Organisation,
    string Contact, int? Hosts, int? RatePerHour, DateTimeOffset? Expires, string Reason)
{
    public static StatementReport Of(Statement statement) => new(
        statement.Author, statement.Seq, statement.Issued, Words.Of(statement.Action), statement.Subject.ToString(), statement.Delegate,
        statement.Kind is { } kind ? Words.Of(kind) : null, statement.Organisation, statement.Contact, statement.Hosts,
        statement.RatePerHour, statement.Expires, statement.Reason);

    /// <summary>All statements, or those of one key, in the order in which they were signed; null if there is no log of that key. The answer of /api/trust/log.</summary>
    /// <param name="state">The logs.</param>
    /// <param name="author">The key's id; null: all keys, in order of id.</param>
    public static IReadOnlyList<StatementReport>? AllOf(TrustState state, string? author) => author is null || state.Logs.ContainsKey(author)
        ? [.. state.Logs.Where(pair => author is null || pair.Key == author).OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value.Statements).Select(signed => Of(signed.Statement))]
        : null;
}

/// <summary>One subject of the list.</summary>
internal sealed record TrustRowReport(
    string Subject, string Standing, string? Kind, string Organisation, string Contact, int? RatePerHour, DateTimeOffset? Expires, string Author, string Reason)
{
    public static TrustRowReport Of(ListRow row) => new(
        row.Subject.ToString(), row.Standing.ToString().ToLowerInvariant(), row.Statement.Kind is { } kind ? Words.Of(kind) : null,
        row.Statement.Organisation, row.Statement.Contact, row.RatePerHour, row.Expires, row.Statement.Author, row.Statement.Reason);

    /// <summary>Whether the subject, the organisation or the contact contains a text, in any case of letters.</summary>
    public bool Contains(string text) => new[] { Subject, Organisation, Contact }.Any(part => part.Contains(text, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A delegation in force.</summary>
internal sealed record DelegationReport(StatementReport Statement, string HostsUsed);

/// <summary>A statement that has no effect.</summary>
internal sealed record AsideReport(StatementReport Statement, string Why)
{
    public static AsideReport Of(AsideStatement aside) => new(StatementReport.Of(aside.Statement), aside.Reason switch
    {
        AsideReason.NoAuthority => "its signer may not decide about this subject",
        AsideReason.Expired => "expired",
        AsideReason.NotYetIssued => "dated in the future",
        AsideReason.OverHosts => "its signer has enrolled as many hosts as its delegation allows",
        AsideReason.DeniedByRoot => "a root has suspended or revoked the subject",
        _ => "its signer's log has forked",
    });
}

/// <summary>The list, the delegations in force, the forks, and the statements that have no effect; the answer of /api/trust.</summary>
internal sealed record TrustListReport(
    IReadOnlyList<TrustRowReport> Rows, IReadOnlyList<DelegationReport> Delegations, IReadOnlyList<Fork> Forks, IReadOnlyList<AsideReport> Aside)
{
    public static TrustListReport Of(FoldedList list) => new(
        [.. list.Rows.Select(TrustRowReport.Of)],
        [.. list.Delegations.Select(row => new DelegationReport(StatementReport.Of(row.Statement), row.Used.ToString(System.Globalization.CultureInfo.InvariantCulture)))],
        list.Forks,
        [.. list.Aside.Select(AsideReport.Of)]);
}

/// <summary>The list's rows that cover a subject or an address, and every statement about it, oldest first; the answer of /api/trust/SUBJECT.</summary>
/// <param name="Rows">The narrowest first: it decides.</param>
/// <param name="Statements">Of all authors.</param>
internal sealed record TrustSubjectReport(IReadOnlyList<TrustRowReport> Rows, IReadOnlyList<StatementReport> Statements)
{
    /// <summary>Whether the list trusts the subject.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsTrusted => Rows is [{ Standing: "trusted" }, ..];

    public static TrustSubjectReport Of(TrustState state, TrustSubject asked) => new(
        [.. state.List.Rows.Where(row => row.Subject.Covers(asked)).OrderByDescending(row => row.Subject.Network?.PrefixLength ?? row.Subject.ToString().Length).Select(TrustRowReport.Of)],
        [
            .. state.Statements.Where(statement => statement.Subject.Overlaps(asked))
                .OrderBy(statement => statement.Issued).ThenBy(statement => statement.Author, StringComparer.Ordinal).ThenBy(statement => statement.Seq)
                .Select(StatementReport.Of),
        ]);
}
