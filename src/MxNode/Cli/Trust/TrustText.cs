using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>Writes reports for people to read.</summary>
internal static class TrustText
{
    public static void Write(TextWriter output, TrustListReport report)
    {
        foreach (var row in report.Rows)
        {
            output.WriteLine(Describe(row));
        }

        foreach (var row in report.Delegations)
        {
            output.WriteLine($"{row.Statement.Subject,-24} delegated to {row.Statement.Delegate} ({row.Statement.Organisation}), hosts used: {row.HostsUsed} of {row.Statement.Hosts}"
                + (row.Statement.RatePerHour is { } rate ? $", {rate}/h" : "") + $", until {row.Statement.Expires:yyyy-MM-dd}");
        }

        foreach (var fork in report.Forks)
        {
            output.WriteLine($"FORKED: two statements of {fork.Author} have the number {fork.Seq}; from there on only its suspensions and revocations have an effect");
        }

        foreach (var aside in report.Aside)
        {
            output.WriteLine($"no effect ({aside.Why}): {Describe(aside.Statement)}");
        }

        output.WriteLine($"{report.Rows.Count(row => row.Standing == "trusted")} trusted, {report.Rows.Count(row => row.Standing != "trusted")} not, {Plural.Of(report.Delegations.Count, "delegation")}");
    }

    public static void Write(TextWriter output, TrustSubject asked, TrustSubjectReport report)
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
            output.WriteLine($"{(report.Sound ? "ok  " : "FAIL")} {report.Path}: {Plural.Of(report.Statements, "statement")}");
            foreach (var fault in report.Faults)
            {
                output.WriteLine($"     {fault}");
            }
        }

        if (reports.Count == 0)
        {
            output.WriteLine("there are no statements there yet; make one with: trust enrol");
        }
    }

    private static string Describe(TrustRowReport row) =>
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
