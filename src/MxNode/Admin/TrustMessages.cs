using Google.Protobuf.WellKnownTypes;
using ThrottleNet.Protocol.Admin;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Reports of the trusted list as messages of the admin API by gRPC.</summary>
internal static class TrustMessages
{
    public static TrustRow Write(TrustRowReport row) => new()
    {
        Subject = row.Subject,
        Standing = row.Standing,
        Kind = row.Kind ?? "",
        Organisation = row.Organisation,
        Contact = row.Contact,
        RatePerHour = (uint)(row.RatePerHour ?? 0),
        Expires = At(row.Expires),
        Author = row.Author,
    };

    public static SubjectTrust Write(TrustSubjectReport report) => new() { Rows = { report.Rows.Select(Write) }, Statements = { report.Statements.Select(Write) } };

    public static TrustStatement Write(StatementReport statement) => new()
    {
        Author = statement.Author,
        Seq = statement.Seq,
        Issued = Timestamp.FromDateTimeOffset(statement.Issued),
        Action = statement.Action,
        Subject = statement.Subject,
        Delegate = statement.Delegate ?? "",
        Kind = statement.Kind ?? "",
        Organisation = statement.Organisation,
        Contact = statement.Contact,
        Hosts = (uint)(statement.Hosts ?? 0),
        RatePerHour = (uint)(statement.RatePerHour ?? 0),
        Expires = At(statement.Expires),
        Reason = statement.Reason,
    };

    public static VerifiedLog Write(VerifyReport log) => new()
    {
        Path = log.Path,
        Author = log.Author ?? "",
        Statements = log.Statements,
        Sound = log.Sound,
        Faults = { log.Faults },
    };

    private static Timestamp? At(DateTimeOffset? time) => time is { } at ? Timestamp.FromDateTimeOffset(at) : null;
}
