using System.CommandLine;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>The argument and options that all signing commands have, and the steps they end with: sign, write, show.</summary>
internal sealed class SignOptions
{
    private readonly Argument<string> _subject;
    private readonly Option<string?> _reason;
    private readonly Option<string?> _key;
    private readonly Option<bool> _dryRun;
    private readonly Option<bool> _json;

    public SignOptions(Command command, string subjectHelp)
    {
        command.Add(_subject = new Argument<string>("SUBJECT") { Description = subjectHelp });
        _reason = command.Take(new Option<string?>("--reason") { Description = "Why; others read it." });
        _key = command.Take(TrustKeyCommands.KeyOption());
        _dryRun = command.Take(new Option<bool>("--dry-run") { Description = "Show what would be signed, and write nothing." });
        _json = command.Take(CommandLine.JsonOption());
    }

    public TrustSubject Subject(ParseResult parsed)
    {
        // Admins paste names with a dot at the end and in upper case.
        var text = parsed.GetValue(_subject)!.TrimEnd('.').ToLowerInvariant();
        return TrustSubject.TryParse(text, out var subject, out var error) ? subject : throw new TrustRefusalException(error);
    }

    public string Reason(ParseResult parsed) => parsed.GetValue(_reason) ?? "";

    public async Task<int> SignAsync(ParseResult parsed, TrustContext context, Func<StatementAuthor, Proposal> propose, IReadOnlyList<string> warnings)
    {
        using var key = StatementAuthor.LoadKey(parsed.GetValue(_key) ?? context.DefaultKeyPath);
        var author = new StatementAuthor(context, key);
        var proposal = propose(author);
        var write = !parsed.GetValue(_dryRun);
        if (write)
        {
            await author.CommitAsync(proposal);
        }

        var line = System.Text.Encoding.UTF8.GetString(proposal.Signed.Line.Span);
        List<string> all = [.. warnings, .. proposal.Warnings, .. proposal.Overlaps];
        if (parsed.GetValue(_json))
        {
            parsed.PrintJson(new SignReport(StatementReport.Of(proposal.Signed.Statement), line, write, all), TrustJson.Plain.SignReport);
            return CommandLine.Done;
        }

        var output = parsed.InvocationConfiguration.Output;
        foreach (var warning in all)
        {
            output.WriteLine($"warning: {warning}");
        }

        output.WriteLine(line);
        output.WriteLine(write
            ? $"signed and written to {context.Store.LogPath(key.Public.Id)}"
            : "not written (--dry-run)");
        return CommandLine.Done;
    }
}
