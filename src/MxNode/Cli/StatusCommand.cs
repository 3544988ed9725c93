using System.CommandLine;
using ThrottleNet.MxNode.Admin;

namespace ThrottleNet.MxNode.Cli;

/// <summary><c>status</c>: how a running node is.</summary>
internal static class StatusCommand
{
    public static Command Create() =>
        AdminClient.Command("status", "Tell how a running node is.", null, _ => "api/status", AdminJson.Default.StatusReport, Print);

    private static void Print(StatusReport report)
    {
        Console.WriteLine($"node         {report.Name} ({report.HostName}), ThrottleNet {report.Version}");
        Console.WriteLine($"running      since {report.Started:u}");
        Console.WriteLine($"connections  {report.Connections}");
        Console.WriteLine($"ledger       {report.LedgerRows} rows");
        Console.WriteLine($"texts        {report.TextBytesInMemory} bytes in memory");
        if (report.Guard is { } guard)
        {
            Console.WriteLine($"guard        {guard.Passed} passed, {guard.Seen} being slowed, {guard.Courtesies} courtesies, {guard.Refused} refused, {guard.Unsure} unsure");
            Console.WriteLine($"dropped      {guard.Dropped ?? 0} hosts now, {guard.Courted} remembered");
        }

        foreach (var log in report.TrustLogs)
        {
            Console.WriteLine($"trust log    {log.Author} {log.Statements} statements{(log.ForkedAt is { } place ? $", forked at {place}" : "")}");
        }
    }
}
