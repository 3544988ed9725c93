using System.CommandLine;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>status</c>: what a running node is doing.</summary>
internal static class StatusCommand
{
    // Lines about destinations that refuse the relay; --json has them all.
    private const int MostRefusals = 20;

    public static Command Create() =>
        AdminClient.Command("status", "Show what a running node is doing.", null, _ => "api/status", AdminJson.Default.StatusReport, Print);

    private static void Print(StatusReport report)
    {
        Console.WriteLine($"node         {report.Name} ({report.HostName}), ThrottleNet {report.Version}");
        Console.WriteLine($"running      since {report.Started:u}");
        Console.WriteLine($"connections  {report.Connections}");
        var descriptors = report.Descriptors;
        Console.WriteLine($"descriptors  {descriptors.Smtp} of {descriptors.MostSmtp} for SMTP clients, {descriptors.Outgoing} for next hops and long texts ({descriptors.MostOutgoing} kept free for them); the limit is {descriptors.Limit} (ulimit -n, or LimitNOFILE= in the unit)");
        Console.WriteLine($"ledger       {Plural.Of(report.LedgerRows, "row")}");
        Console.WriteLine($"texts        {Plural.Of(report.TextBytesInMemory, "octet")} in memory");
        if (report.Guard is { } guard)
        {
            Console.WriteLine($"guard        {guard.Passed} passed, {guard.Seen} deferred as being slowed by the network, {guard.Courtesies} deferred as unknown, {guard.Refused} refused, {guard.Unsure} deferred because no relay answered");
            Console.WriteLine($"dropped      {Plural.Of(guard.Dropped ?? 0, "host")} now, {Plural.Of(guard.Courted, "unknown host")} remembered");
        }

        if (report.LeftName)
        {
            Console.WriteLine("name         left the magic name, because the destinations below refuse this relay for its name; it comes back by itself (Relay:LeaveNameAt, Relay:LeaveNameFor)");
        }

        foreach (var refusal in report.NameRefusals.Take(MostRefusals))
        {
            Console.WriteLine($"refused by   {refusal.Host} for this relay's name, {Plural.Of(refusal.Count, "time")}, last {refusal.Last:u}{(refusal.List is { } list ? $", naming {list}: look this node's address up there and ask for removal" : ": ask the destination to take mail from this relay")}");
        }

        if (report.Cluster is { } cluster)
        {
            Console.WriteLine($"cluster      {cluster.Name}: {string.Join(", ", cluster.Members.Select(m => $"{m.Name} {m.State}{(m.Gateway ? " (gateway)" : "")}"))}{(cluster.TakesPart ? "" : "; this node takes no part now, and attempts wait the full hold")}");
            Console.WriteLine($"order        {Plural.Of(cluster.Shards, "shard")} here, {cluster.Settled} in valid order; attempts judged: {cluster.ByMarker} by their order, {cluster.AtHold} at the hold, {cluster.Unordered} without an order{(cluster.Speaks ? "; this node reports to other operators" : "")}");
            foreach (var member in cluster.Members.Where(m => m.State == "live"))
            {
                Console.WriteLine(member.Report is { } part
                    ? $"             {member.Name}: {Plural.Of(part.Shards, "shard")} entries {part.Entries}, {part.Settled} in valid order; judged {part.ByMarker} by their order, {part.AtHold} at the hold, {part.Unordered} without an order; entries sent again: {part.Resent}{(part.Speaks ? "; reports to other operators" : "")}"
                    : $"             {member.Name} did not answer within a second");
            }
        }

        foreach (var fault in report.Faults)
        {
            Console.WriteLine($"fault        {fault.Component}, since {fault.Since:u}: {fault.Reason} (next attempt {fault.NextAttempt:u})");
        }

        var failed = report.Components.Count(c => !c.Works);
        Console.WriteLine($"background   {Plural.Of(report.Components.Count, "service")}, {failed} failing");
        foreach (var component in report.Components.Where(c => c is { Works: true, LastFailure: not null }))
        {
            Console.WriteLine($"             {component.Component} works; it last failed at {component.FailedAt:u}: {component.LastFailure}");
        }

        foreach (var log in report.TrustLogs)
        {
            Console.WriteLine($"trust log    {log.Author} {Plural.Of(log.Statements, "statement")}{(log.ForkedAt is { } place ? $", forked at {place}" : "")}, read {report.TrustLookedAt:u}");
        }
    }
}
