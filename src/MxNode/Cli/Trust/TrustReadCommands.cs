using System.CommandLine;
using System.Net;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Exports;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>The commands that read: <c>trust list | show | log | verify | export</c>.</summary>
internal static class TrustReadCommands
{
    public static Command List(Func<ParseResult, TrustContext?> load)
    {
        var command = new Command("list", "Print the list: what is trusted, what is not, delegations, forks, and what does not count.");
        var json = command.Take(CommandLine.JsonOption());
        return command.With(load, (parsed, context, _) =>
        {
            var list = context.Load().List;
            var report = new ListReport(
                [.. list.Rows.Select(RowReport.Of)],
                [.. list.Delegations.Select(row => new DelegationReport(StatementReport.Of(row.Statement), row.Used.ToString()))],
                list.Forks,
                [.. list.Aside.Select(aside => new AsideReport(StatementReport.Of(aside.Statement), TrustText.Why(aside.Reason)))]);
            if (parsed.GetValue(json))
            {
                parsed.PrintJson(report, TrustJson.Plain.ListReport);
            }
            else
            {
                TrustText.Write(parsed.InvocationConfiguration.Output, report);
            }

            return Task.FromResult(CommandLine.Done);
        });
    }

    public static Command Show(Func<ParseResult, TrustContext?> load)
    {
        var command = new Command("show", "Print what the list says of a subject or of an address, and every statement about it (exit 1 if it is not trusted).");
        var subject = new Argument<string>("SUBJECT") { Description = "An address, a CIDR or a host name." };
        command.Add(subject);
        var json = command.Take(CommandLine.JsonOption());
        return command.With(load, (parsed, context, _) =>
        {
            var text = parsed.GetValue(subject)!.TrimEnd('.').ToLowerInvariant();
            if (!TrustSubject.TryParse(text, out var asked, out var error))
            {
                throw new TrustRefusalException(error);
            }

            // The narrowest row first, because it decides.
            var state = context.Load();
            var rows = state.List.Rows.Where(row => row.Subject.Covers(asked)).OrderByDescending(row => row.Subject.Network?.PrefixLength ?? row.Subject.ToString().Length).ToList();
            var about = state.Statements.Where(statement => statement.Subject.Overlaps(asked)).OrderBy(statement => statement.Issued).ThenBy(statement => statement.Author, StringComparer.Ordinal).ThenBy(statement => statement.Seq);
            var report = new SubjectReport([.. rows.Select(RowReport.Of)], [.. about.Select(StatementReport.Of)]);
            if (parsed.GetValue(json))
            {
                parsed.PrintJson(report, TrustJson.Plain.SubjectReport);
            }
            else
            {
                TrustText.Write(parsed.InvocationConfiguration.Output, asked, report);
            }

            return Task.FromResult(rows is [{ Standing: TrustStanding.Trusted }, ..] ? CommandLine.Done : CommandLine.Failed);
        });
    }

    public static Command Log(Func<ParseResult, TrustContext?> load)
    {
        var command = new Command("log", "Print the statements of all authors, or of one, in the order of their logs.");
        var author = new Argument<string?>("KEY-ID") { Description = "The author.", Arity = ArgumentArity.ZeroOrOne };
        command.Add(author);
        var json = command.Take(CommandLine.JsonOption());
        return command.With(load, (parsed, context, _) =>
        {
            var id = parsed.GetValue(author);
            var logs = context.Load().Logs;
            if (id is not null && !logs.ContainsKey(id))
            {
                throw new TrustRefusalException($"there is no log of {id} here");
            }

            IReadOnlyList<StatementReport> statements =
                [.. logs.Where(pair => id is null || pair.Key == id).SelectMany(pair => pair.Value.Statements).Select(signed => StatementReport.Of(signed.Statement))];
            if (parsed.GetValue(json))
            {
                parsed.PrintJson(statements, TrustJson.Plain.IReadOnlyListStatementReport);
            }
            else
            {
                TrustText.Write(parsed.InvocationConfiguration.Output, statements);
            }

            return Task.FromResult(CommandLine.Done);
        });
    }

    public static Command Verify(Func<ParseResult, TrustContext?> load)
    {
        var command = new Command("verify", "Check every octet of the logs: form, order, hash chain, signatures (exit 1 if anything is wrong).");
        var json = command.Take(CommandLine.JsonOption());
        return command.With(load, (parsed, context, _) =>
        {
            var state = context.Load();
            IReadOnlyList<VerifyReport> reports = [.. state.Logs.Select(pair => VerifyReport.Of(context.Store.LogPath(pair.Key), pair.Value, ForkProblems(context, state, pair.Key)))];
            if (parsed.GetValue(json))
            {
                parsed.PrintJson(reports, TrustJson.Plain.IReadOnlyListVerifyReport);
            }
            else
            {
                TrustText.Write(parsed.InvocationConfiguration.Output, reports);
            }

            return Task.FromResult(reports.All(report => report.Sound) ? CommandLine.Done : CommandLine.Failed);
        });
    }

    public static Command Export(Func<ParseResult, TrustContext?> load)
    {
        var command = new Command("export", "Write the trusted networks for another program.");
        var format = new Argument<string>("FORMAT") { Description = string.Join(", ", ListExport.Formats) };
        format.AcceptOnlyFromAmong([.. ListExport.Formats]);
        command.Add(format);
        var to = command.Take(new Option<string?>("--out") { Description = "The file; replaced as a whole. Standard output if not given.", HelpName = "FILE" });
        return command.With(load, async (parsed, context, cancel) =>
        {
            var index = await TrustIndexer.BuildAsync(context, cancel);
            if (parsed.GetValue(to) is { } path)
            {
                AtomicFile.Write(path, stream => ExportWriter.Write(parsed.GetValue(format)!, index, stream));
            }
            else
            {
                ListExport.Write(parsed.GetValue(format)!, index, parsed.InvocationConfiguration.Output);
            }

            return CommandLine.Done;
        });
    }

    private static IEnumerable<string> ForkProblems(TrustContext context, TrustState state, string author)
    {
        foreach (var fork in state.List.Forks.Where(fork => fork.Author == author))
        {
            yield return $"the log has forked at seq {fork.Seq}: two statements have that place, the other is in {context.Store.ForksPath(author)}";
        }

        foreach (var fault in state.Forks.GetValueOrDefault(author)?.Faults ?? [])
        {
            yield return $"{context.Store.ForksPath(author)}, {fault}";
        }
    }
}
