using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>queue</c>: the messages that a node with a spool has accepted and not yet delivered.</summary>
internal static class QueueCommand
{
    public static Command Create() => new("queue", "Show and change the queue of a running node that spools mail.")
    {
        List(),
        AdminClient.Command("show", "Show one message: envelope, answers, header.", Id(), id => $"api/queue/{Escape(id)}", AdminJson.Default.QueuedMessageReport, Print),
        Act("retry", "Try a message, or all messages to a domain, at once. What was held is released."),
        Act("hold", "Hold a message, or all messages to a domain, back until they are retried."),
        Act("delete", "Remove a message, or all messages to a domain. Nobody gets a report."),
    };

    private static Command List()
    {
        var json = CommandLine.JsonOption();
        var domain = new Option<string?>("--domain") { Description = "Only messages to this domain.", HelpName = "DOMAIN" };
        var limit = new Option<int>("--limit") { Description = "How many messages to list.", HelpName = "N", DefaultValueFactory = _ => 100 };
        var command = new Command("list", "List the messages, oldest first.") { json, domain, limit };
        var target = new AdminTarget(command);
        command.SetAction((parsed, _) => target.Find(parsed) is { } node
            ? node.AskAsync(
                string.Create(CultureInfo.InvariantCulture, $"api/queue?limit={parsed.GetValue(limit)}{(parsed.GetValue(domain) is { } d ? "&domain=" + Escape(d) : "")}"),
                AdminJson.Default.QueueReport, parsed.GetValue(json), Print)
            : Task.FromResult(CommandLine.WrongUsage));
        return command;
    }

    private static Command Act(string action, string description)
    {
        var json = CommandLine.JsonOption();
        var subject = new Argument<string>("ID") { Description = "A message of queue list, or a domain." };
        var command = new Command(action, description) { json, subject };
        var target = new AdminTarget(command);
        command.SetAction((parsed, _) => target.Find(parsed) is { } node
            ? node.AskAsync(
                $"api/queue/{Escape(parsed.GetValue(subject))}/{action}", AdminJson.Default.QueueActionReport, parsed.GetValue(json),
                report => Console.WriteLine($"{report.Action}: {Plural.Of(report.Messages, "message")}"), HttpMethod.Post)
            : Task.FromResult(CommandLine.WrongUsage));
        return command;
    }

    private static Argument<string> Id() => new("ID") { Description = "A message of queue list." };

    private static string Escape(string? text) => Uri.EscapeDataString(text ?? "");

    private static void Print(QueueReport report)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Plural.Of(report.Messages, "message")}, {report.Octets / 1024} KiB, {report.Deliveries} being delivered"));
        if (report.Listed.Count == 0)
        {
            return;
        }

        var table = Output.Table("id", "arrived", "octets#", "domain", "waiting#", "attempts#", "state", "next", "last answer");
        foreach (var message in report.Listed)
        {
            table.AddRow(
                message.Id, message.Arrived.ToString("u", CultureInfo.InvariantCulture), message.Octets.ToString(CultureInfo.InvariantCulture), Markup.Escape(message.Domain),
                message.Recipients.ToString(CultureInfo.InvariantCulture), message.Attempts.ToString(CultureInfo.InvariantCulture), message.State,
                message.Next?.ToString("u", CultureInfo.InvariantCulture) ?? "", Markup.Escape(message.LastAnswer ?? ""));
        }

        Output.Write(table);
    }

    private static void Print(QueuedMessageReport report)
    {
        var message = report.Message;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{message.Id}: {message.State}, {Plural.Of(message.Octets, "octet")}, arrived {message.Arrived:u} from {report.Client ?? "this node"}, {Plural.Of(message.Attempts, "attempt")}"));
        Console.WriteLine($"sender <{report.Sender}>");
        foreach (var recipient in report.Recipients)
        {
            Console.WriteLine($"recipient <{recipient.Address}>: {(recipient.IsDone ? "done" : recipient.LastAnswer ?? "not tried yet")}");
        }

        Console.WriteLine();
        Console.WriteLine(report.Header);
    }
}
