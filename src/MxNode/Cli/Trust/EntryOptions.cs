using System.CommandLine;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>The options that describe an entry.</summary>
internal sealed class EntryOptions
{
    private readonly Option<string?> _kind;
    private readonly Option<string?> _organisation;
    private readonly Option<string?> _contact;
    private readonly Option<int?> _rate;
    private readonly Option<string?> _expires;

    public EntryOptions(Command command, bool needed)
    {
        _kind = command.Take(new Option<string?>("--kind") { Description = $"What it is: {string.Join(", ", Words.AllKinds)}.", Required = needed });
        _kind.AcceptOnlyFromAmong([.. Words.AllKinds]);
        _organisation = command.Take(new Option<string?>("--organisation") { Description = "Who answers for it.", Required = needed });
        _contact = command.Take(new Option<string?>("--contact") { Description = "How to reach them: a mail address or a URL.", Required = needed });
        _rate = command.Take(new Option<int?>("--rate") { Description = "Recipients an hour up to which it is trusted; without limit if not given." });
        _expires = command.Take(TrustSignCommands.ExpiresOption());
    }

    /// <summary>What is doubtful about enrolling a subject with these options.</summary>
    public IReadOnlyList<string> Doubts(ParseResult parsed, TrustSubject subject) => EnrolDoubts.Find(subject, parsed.GetValue(_contact) ?? "", parsed.GetValue(_rate));

    /// <summary>The draft with the options that were given. Other fields stay as they are, except the expiry, which always counts from now.</summary>
    public Statement Fill(ParseResult parsed, TrustContext context, Statement draft) => draft with
    {
        Kind = parsed.GetValue(_kind) is { } word && Words.TryParse(word, out TrustList.TrustKind kind) ? kind : draft.Kind,
        Organisation = parsed.GetValue(_organisation) ?? draft.Organisation,
        Contact = parsed.GetValue(_contact) ?? draft.Contact,
        RatePerHour = parsed.GetValue(_rate) ?? draft.RatePerHour,
        Expires = TrustSignCommands.Expires(parsed.GetValue(_expires), context) ?? TrustTimes.Default(context.Clock.GetUtcNow()),
    };

    /// <summary>The same for a statement that a running node signs.</summary>
    public TrustChange Fill(ParseResult parsed, TrustChange change) => change with
    {
        Kind = parsed.GetValue(_kind),
        Organisation = parsed.GetValue(_organisation),
        Contact = parsed.GetValue(_contact),
        RatePerHour = parsed.GetValue(_rate),
        Expires = parsed.GetValue(_expires),
    };
}
