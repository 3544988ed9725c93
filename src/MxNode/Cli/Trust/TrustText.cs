using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>Writes reports for people to read.</summary>
internal static class TrustText
{
    public static string Why(AsideReason reason) => reason switch
    {
        AsideReason.NoAuthority => "its author has no authority over the subject",
        AsideReason.Expired => "expired",
        AsideReason.NotYetIssued => "dated ahead",
        AsideReason.OverHosts => "its delegation has no hosts left",
        AsideReason.DeniedByRoot => "a root has denied the subject",
        _ => "its author's log has forked",
    };

    public static void Write(TextWriter output, ListReport report)
    {
        foreach (var row in report.Rows)
        {
            output.WriteLine(Describe(row));
        }

        foreach (var row in report.Delegations)
        {
            output.WriteLine($"{row.Statement.Subject,-24} delegated to {row.Statement.Delegate} ({row.Statement.Organisation}), {row.HostsUsed} of {row.Statement.Hosts} hosts"
                + (row.Statement.RatePerHour is { } rate ? $", {rate}/h" : "") + $", until {row.Statement.Expires:yyyy-MM-dd}");
        }

        foreach (var fork in report.Forks)
        {
            output.WriteLine($"FORKED: {fork.Author} at seq {fork.Seq}; only its denials count from there on");
        }

        foreach (var aside in report.Aside)
        {
            output.WriteLine($"does not count ({aside.Why}): {Describe(aside.Statement)}");
        }

        output.WriteLine($"{report.Rows.Count(row => row.Standing == "trusted")} trusted, {report.Rows.Count(row => row.Standing != "trusted")} denied, {report.Delegations.Count} delegations");
    }

    public static void Write(TextWriter output, TrustSubject asked, SubjectReport report)
    {
        output.WriteLine(report.Rows is [var first, ..] ? Describe(first) : $"{asked} is not on the list");
        foreach (var row in report.Rows.Skip(1))
        {
            output.WriteLine($"  within {Describe(row)}");
        }

        Write(output, report.Statements);
    }

    public static void Write(TextWriter output, IReadOnlyList<StatementReport> statements)
    {
        foreach (var statement in statements)
        {
            output.WriteLine(Describe(statement));
        }
    }

    public static void Write(TextWriter output, IReadOnlyList<VerifyReport> reports)
    {
        foreach (var report in reports)
        {
            output.WriteLine($"{(report.Sound ? "ok  " : "FAIL")} {report.Path}: {report.Statements} statements");
            foreach (var fault in report.Faults)
            {
                output.WriteLine($"     {fault}");
            }
        }

        if (reports.Count == 0)
        {
            output.WriteLine("there are no logs here");
        }
    }

    private static string Describe(RowReport row) =>
        $"{row.Subject,-24} {row.Standing,-9} " + (row.Standing == "trusted"
            ? $"{row.Kind,-13} {row.Organisation} <{row.Contact}>{(row.RatePerHour is { } rate ? $", {rate}/h" : "")}, until {row.Expires:yyyy-MM-dd}"
            : row.Reason);

    private static string Describe(StatementReport statement) =>
        $"{statement.Issued:yyyy-MM-dd HH:mm:ss} {statement.Author[..8]} {statement.Seq,4} {statement.Action,-8} {statement.Subject}"
        + (statement.Delegate is { } to ? $" key {to}" : "")
        + (statement.Organisation.Length > 0 ? $" {statement.Organisation}" : "")
        + (statement.RatePerHour is { } rate ? $", {rate}/h" : "")
        + (statement.Expires is { } expires ? $", until {expires:yyyy-MM-dd}" : "")
        + (statement.Reason.Length > 0 ? $": {statement.Reason}" : "");
}
