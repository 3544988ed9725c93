using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>A statement, as JSON output has it.</summary>
internal sealed record StatementReport(
    string Author, long Seq, DateTimeOffset Issued, string Action, string Subject, string? Delegate, string? Kind, string Organisation,
    string Contact, int? Hosts, int? RatePerHour, DateTimeOffset? Expires, string Reason)
{
    public static StatementReport Of(Statement statement) => new(
        statement.Author, statement.Seq, statement.Issued, Words.Of(statement.Action), statement.Subject.ToString(), statement.Delegate,
        statement.Kind is { } kind ? Words.Of(kind) : null, statement.Organisation, statement.Contact, statement.Hosts,
        statement.RatePerHour, statement.Expires, statement.Reason);
}

/// <summary>The result of a signing command.</summary>
internal sealed record SignReport(StatementReport Statement, string Line, bool Written, IReadOnlyList<string> Warnings);

/// <summary>A key without its private part.</summary>
internal sealed record KeyReport(string Id, string PublicKey, string Path);

/// <summary>One subject of the list.</summary>
internal sealed record RowReport(
    string Subject, string Standing, string? Kind, string Organisation, string Contact, int? RatePerHour, DateTimeOffset? Expires, string Author, string Reason)
{
    public static RowReport Of(ListRow row) => new(
        row.Subject.ToString(), row.Standing.ToString().ToLowerInvariant(), row.Statement.Kind is { } kind ? Words.Of(kind) : null,
        row.Statement.Organisation, row.Statement.Contact, row.RatePerHour, row.Expires, row.Statement.Author, row.Statement.Reason);
}

/// <summary>The list, the delegations in force, the forks, and the statements that do not count.</summary>
internal sealed record ListReport(
    IReadOnlyList<RowReport> Rows, IReadOnlyList<DelegationReport> Delegations, IReadOnlyList<Fork> Forks, IReadOnlyList<AsideReport> Aside);

/// <summary>A delegation in force.</summary>
internal sealed record DelegationReport(StatementReport Statement, string HostsUsed);

/// <summary>A statement that does not count.</summary>
internal sealed record AsideReport(StatementReport Statement, string Why);

/// <summary>The list's rows that cover a subject or an address, and every statement about it, oldest first.</summary>
internal sealed record SubjectReport(IReadOnlyList<RowReport> Rows, IReadOnlyList<StatementReport> Statements);

/// <summary>The result of verifying a log.</summary>
internal sealed record VerifyReport(string Path, string? Author, int Statements, bool Sound, IReadOnlyList<string> Faults)
{
    public static VerifyReport Of(string path, LogReading reading, IEnumerable<string> more)
    {
        List<string> faults = [.. reading.Faults.Select(fault => $"{fault}"), .. more];
        if (reading.Torn is not null)
        {
            faults.Add($"{reading.Torn}; the next statement puts it aside");
        }

        return new(path, reading.Key?.Id, reading.Statements.Count, reading.Key is not null && faults.Count == 0, faults);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(SignReport))]
[JsonSerializable(typeof(KeyReport))]
[JsonSerializable(typeof(ListReport))]
[JsonSerializable(typeof(SubjectReport))]
[JsonSerializable(typeof(IReadOnlyList<StatementReport>))]
[JsonSerializable(typeof(IReadOnlyList<VerifyReport>))]
internal sealed partial class TrustJson : JsonSerializerContext
{
    /// <summary>Writes non-ASCII characters unescaped: the output goes to a terminal or a program, never into HTML.</summary>
    public static TrustJson Plain { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
