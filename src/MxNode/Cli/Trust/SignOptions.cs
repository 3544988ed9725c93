using System.CommandLine;
using System.Net.Http.Json;
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

    private readonly AdminTarget? _target;

    /// <param name="command">Gets them.</param>
    /// <param name="subjectHelp">Describes its argument.</param>
    /// <param name="node">Finds a running node that may sign in place of this machine; null where none may.</param>
    public SignOptions(Command command, string subjectHelp, TrustNode? node = null)
    {
        command.Add(_subject = new Argument<string>("SUBJECT") { Description = subjectHelp });
        _reason = command.Take(new Option<string?>("--reason") { Description = "Why; others read it." });
        _key = command.Take(TrustKeyCommands.KeyOption());
        _dryRun = command.Take(new Option<bool>("--dry-run") { Description = "Show what would be signed, and write nothing." });
        _json = command.Take(CommandLine.JsonOption());
        _target = node?.AddTo(command);
    }

    public TrustSubject Subject(ParseResult parsed) =>
        TrustSubject.TryParseTyped(parsed.GetValue(_subject)!, out var subject, out var error) ? subject : throw new TrustRefusalException(error);

    public string Reason(ParseResult parsed) => parsed.GetValue(_reason) ?? "";

    /// <summary>Whether a running node is to sign, with its own key.</summary>
    public bool IsByNode(ParseResult parsed) => _target?.IsNamed(parsed) == true;

    /// <summary>What the node is asked to sign. Doubts are asked about here.</summary>
    public TrustChange Change(ParseResult parsed, TrustAction action) => new(Words.Of(action), Subject(parsed).ToString()) { Reason = parsed.GetValue(_reason), AcceptDoubts = true };

    /// <summary>Has the running node sign.</summary>
    /// <exception cref="TrustRefusalException">An option is given that only a key on this machine has a use for.</exception>
    public Task<int> AskNodeAsync(ParseResult parsed, TrustChange change, IReadOnlyList<string> warnings)
    {
        if (parsed.GetValue(_key) is not null || parsed.GetValue(_dryRun))
        {
            throw new TrustRefusalException("the node signs with its own key, at once; leave --key and --dry-run out, or --node");
        }

        var output = parsed.InvocationConfiguration.Output;
        return _target!.Find(parsed)!.AskAsync(
            "api/trust",
            AdminJson.Default.TrustChangeReport,
            parsed.GetValue(_json),
            report => Print(output, [.. warnings, .. report.Warnings], report.Line, "signed by the node, and written to its log"),
            HttpMethod.Post,
            body: JsonContent.Create(change, AdminJson.Default.TrustChange));
    }

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

        Print(parsed.InvocationConfiguration.Output, all, line, write ? $"signed and written to {context.Store.LogPath(key.Public.Id)}" : "not written (--dry-run)");
        return CommandLine.Done;
    }

    private static void Print(TextWriter output, IEnumerable<string> warnings, string line, string outcome)
    {
        foreach (var warning in warnings)
        {
            output.WriteLine($"warning: {warning}");
        }

        output.WriteLine(line);
        output.WriteLine(outcome);
    }
}
