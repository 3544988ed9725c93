using System.CommandLine;
using System.Text;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Exports;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>The commands that read: <c>trust list | show | log | verify | export</c>.</summary>
internal static class TrustReadCommands
{
    // A node checks some 12,000 signatures a second.
    private static readonly TimeSpan VerifyTime = TimeSpan.FromMinutes(5);

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
            var text = parsed.GetValue(subject)!;
            if (!TrustSubject.TryParseTyped(text, out var asked, out var error))
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

    public static Command Log(Func<ParseResult, TrustContext?> load, TrustNode node)
    {
        var command = new Command("log", "Print all signed statements, or those of one key, in the order in which they were signed.");
        var author = new Argument<string?>("KEY-ID") { Description = "The key whose statements are printed.", Arity = ArgumentArity.ZeroOrOne };
        command.Add(author);
        var target = node.AddTo(command);
        var json = command.Take(CommandLine.JsonOption());
        return command.With(load, (parsed, context, _) =>
        {
            var id = parsed.GetValue(author);
            var output = parsed.InvocationConfiguration.Output;
            if (target.IsNamed(parsed))
            {
                var path = id is null ? "api/trust/log" : $"api/trust/log?author={Uri.EscapeDataString(id)}";
                return target.Find(parsed)!.AskAsync(path, AdminJson.Default.IReadOnlyListStatementReport, parsed.GetValue(json), report => TrustText.Write(output, report));
            }

            var statements = StatementReport.AllOf(context.Load(), id) ?? throw new TrustRefusalException($"there is no log of {id} here");
            if (parsed.GetValue(json))
            {
                parsed.PrintJson(statements, TrustJson.Plain.IReadOnlyListStatementReport);
            }
            else
            {
                TrustText.Write(output, statements);
            }

            return Task.FromResult(CommandLine.Done);
        });
    }

    public static Command Verify(Func<ParseResult, TrustContext?> load, TrustNode node)
    {
        var command = new Command("verify", "Check that no statement was changed, left out or forged (exit 1 if anything is wrong).");
        var target = node.AddTo(command);
        var json = command.Take(CommandLine.JsonOption());
        return command.With(load, (parsed, context, _) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            if (target.IsNamed(parsed))
            {
                return target.Find(parsed)!.AskAsync(
                    "api/trust/verify", AdminJson.Default.IReadOnlyListVerifyReport, parsed.GetValue(json), report => TrustText.Write(output, report), exitCode: ExitCode, patience: VerifyTime);
            }

            var reports = VerifyReport.OfAll(context.Store.Folder, context.Options.Roots, context.Clock);
            if (parsed.GetValue(json))
            {
                parsed.PrintJson(reports, TrustJson.Plain.IReadOnlyListVerifyReport);
            }
            else
            {
                TrustText.Write(output, reports);
            }

            return Task.FromResult(ExitCode(reports));
        });

        static int ExitCode(IReadOnlyList<VerifyReport> reports) => reports.All(report => report.Sound) ? CommandLine.Done : CommandLine.Failed;
    }

    public static Command Export(Func<ParseResult, TrustContext?> load, TrustNode node)
    {
        var command = new Command("export", "Write the trusted networks for another program.");
        var format = new Argument<string>("FORMAT") { Description = string.Join(", ", ListExport.Formats) };
        format.AcceptOnlyFromAmong([.. ListExport.Formats]);
        command.Add(format);
        var to = command.Take(new Option<string?>("--out") { Description = "The file; replaced as a whole. Standard output if not given.", HelpName = "FILE" });
        var target = node.AddTo(command);
        return command.With(load, async (parsed, context, cancel) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            if (target.IsNamed(parsed))
            {
                return await target.Find(parsed)!.FetchAsync($"api/trust/export/{parsed.GetValue(format)}", text =>
                {
                    if (parsed.GetValue(to) is { } file)
                    {
                        AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
                    }
                    else
                    {
                        output.Write(text);
                    }
                });
            }

            var index = await TrustIndexer.BuildAsync(context, cancel);
            if (parsed.GetValue(to) is { } path)
            {
                AtomicFile.Write(path, stream => ExportWriter.Write(parsed.GetValue(format)!, index, stream));
            }
            else
            {
                ListExport.Write(parsed.GetValue(format)!, index, output);
            }

            return CommandLine.Done;
        });
    }
}
