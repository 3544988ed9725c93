using System.CommandLine;
using ThrottleNet.MxNode.Admin;
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
    public static Command List(Func<ParseResult, TrustContext?> load, TrustNode node)
    {
        var command = new Command("list", "Print the list: who is trusted, who is not, who else may enrol, and statements that have no effect.");
        var target = node.AddTo(command);
        var json = command.Take(CommandLine.JsonOption());
        return command.With(load, (parsed, context, _) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            if (target.IsNamed(parsed))
            {
                return target.Find(parsed)!.AskAsync("api/trust", AdminJson.Default.TrustListReport, parsed.GetValue(json), report => TrustText.Write(output, report));
            }

            var report = TrustListReport.Of(context.Load().List);
            if (parsed.GetValue(json))
            {
                parsed.PrintJson(report, TrustJson.Plain.TrustListReport);
            }
            else
            {
                TrustText.Write(output, report);
            }

            return Task.FromResult(CommandLine.Done);
        });
    }

    public static Command Show(Func<ParseResult, TrustContext?> load, TrustNode node)
    {
        var command = new Command("show", "Print what the list says of a subject or of an address, and every statement about it (exit 1 if it is not trusted).");
        var subject = new Argument<string>("SUBJECT") { Description = "An address, a network (CIDR) or a host name." };
        command.Add(subject);
        var target = node.AddTo(command);
        var json = command.Take(CommandLine.JsonOption());
        return command.With(load, (parsed, context, _) =>
        {
            var text = parsed.GetValue(subject)!.TrimEnd('.').ToLowerInvariant();
            if (!TrustSubject.TryParse(text, out var asked, out var error))
            {
                throw new TrustRefusalException(error);
            }

            var output = parsed.InvocationConfiguration.Output;
            if (target.IsNamed(parsed))
            {
                return target.Find(parsed)!.AskAsync(
                    $"api/trust/{Uri.EscapeDataString(text)}", AdminJson.Default.TrustSubjectReport, parsed.GetValue(json), report => TrustText.Write(output, asked, report), exitCode: ExitCode);
            }

            var report = TrustSubjectReport.Of(context.Load(), asked);
            if (parsed.GetValue(json))
            {
                parsed.PrintJson(report, TrustJson.Plain.TrustSubjectReport);
            }
            else
            {
                TrustText.Write(output, asked, report);
            }

            return Task.FromResult(ExitCode(report));
        });

        static int ExitCode(TrustSubjectReport report) => report.IsTrusted ? CommandLine.Done : CommandLine.Failed;
    }

    public static Command Log(Func<ParseResult, TrustContext?> load)
    {
        var command = new Command("log", "Print all signed statements, or those of one key, in the order in which they were signed.");
        var author = new Argument<string?>("KEY-ID") { Description = "The key whose statements are printed.", Arity = ArgumentArity.ZeroOrOne };
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
        var command = new Command("verify", "Check that no statement was changed, left out or forged (exit 1 if anything is wrong).");
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
