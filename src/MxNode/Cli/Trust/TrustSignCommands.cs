using System.CommandLine;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>The commands that sign: <c>trust enrol | renew | suspend | revoke | delegate</c>.</summary>
internal static class TrustSignCommands
{
    private const string SubjectHelp = "An address, a network such as 192.0.2.0/24, or a host name. Of a host name's addresses those count whose reverse name it is.";

    public static Command Enrol(Func<ParseResult, TrustContext?> load, TrustNode node)
    {
        var command = new Command("enrol", "Put a host, a network or a host name on the list: its mail is no longer slowed.");
        var sign = new SignOptions(command, SubjectHelp, node);
        var entry = new EntryOptions(command, needed: true);
        var anyway = command.Take(new Option<bool>("--anyway") { Description = "Sign although it overlaps other entries." });
        var yes = command.Take(new Option<bool>("--yes") { Description = "Sign without a question although the network is wide or private, or the contact cannot be reached." });
        return command.With(load, async (parsed, context, cancel) =>
        {
            var subject = sign.Subject(parsed);
            if (!parsed.GetValue(yes))
            {
                EnrolQuestion.Settle(entry.Doubts(parsed, subject));
            }

            var warnings = await SubjectReview.CheckDnsAsync(subject, context.Dns, cancel);
            if (sign.IsByNode(parsed))
            {
                return await sign.AskNodeAsync(parsed, entry.Fill(parsed, sign.Change(parsed, TrustAction.Enrol)) with { AcceptOverlaps = parsed.GetValue(anyway) }, warnings);
            }

            return await sign.SignAsync(parsed, context, author =>
            {
                var proposal = author.Propose(author.Expect(entry.Fill(parsed, context, new Statement { Action = TrustAction.Enrol, Subject = subject, Reason = sign.Reason(parsed) })));
                return parsed.GetValue(anyway) || proposal.Overlaps.Count == 0
                    ? proposal
                    : throw new TrustRefusalException($"{string.Join("; ", proposal.Overlaps)}; add --anyway if both are meant");
            }, warnings);
        });
    }

    public static Command Renew(Func<ParseResult, TrustContext?> load, TrustNode node)
    {
        var command = new Command("renew", "Keep a host on the list for longer, change what the list says of it, or end its suspension. What is not given stays as it is.");
        var sign = new SignOptions(command, SubjectHelp, node);
        var entry = new EntryOptions(command, needed: false);
        return command.With(load, async (parsed, context, cancel) =>
        {
            var subject = sign.Subject(parsed);
            var warnings = await SubjectReview.CheckDnsAsync(subject, context.Dns, cancel);
            return sign.IsByNode(parsed)
                ? await sign.AskNodeAsync(parsed, entry.Fill(parsed, sign.Change(parsed, TrustAction.Renew)), warnings)
                : await sign.SignAsync(parsed, context, author => author.Propose(entry.Fill(parsed, context, author.ToRenew(subject) with { Action = TrustAction.Renew, Reason = sign.Reason(parsed) })), warnings);
        });
    }

    public static Command Suspend(Func<ParseResult, TrustContext?> load, TrustNode node) =>
        Denial(load, node, TrustAction.Suspend, "Stop trusting a host for now, until it is renewed. Within a trusted network this excepts the host.");

    public static Command Revoke(Func<ParseResult, TrustContext?> load, TrustNode node) =>
        Denial(load, node, TrustAction.Revoke, "Stop trusting a host for good, or, with --from, take back somebody's right to enrol.");

    public static Command Delegate(Func<ParseResult, TrustContext?> load)
    {
        var command = new Command("delegate", "Let somebody else enrol hosts of one network, or names of one domain, up to a number. Only a root (a key of Trust:Roots) may do this.");
        var sign = new SignOptions(command, "The network (such as 198.51.100.0/24) or the domain.");
        var to = command.Take(new Option<string>("--to") { Description = "The key id, as its owner's 'trust key show' prints it.", HelpName = "KEY-ID", Required = true });
        var organisation = command.Take(new Option<string>("--organisation") { Description = "Whose key it is.", Required = true });
        var contact = command.Take(new Option<string>("--contact") { Description = "How to reach them.", Required = true });
        var hosts = command.Take(new Option<int>("--hosts") { Description = "How many hosts may be enrolled at one time.", Required = true });
        var rate = command.Take(new Option<int?>("--rate") { Description = "The most recipients an hour that any of them gets." });
        var expires = command.Take(ExpiresOption());
        return command.With(load, (parsed, context, _) => sign.SignAsync(parsed, context, author => author.Propose(new Statement
        {
            Action = TrustAction.Delegate,
            Subject = sign.Subject(parsed),
            Delegate = parsed.GetValue(to),
            Organisation = parsed.GetValue(organisation)!,
            Contact = parsed.GetValue(contact)!,
            Hosts = parsed.GetValue(hosts),
            RatePerHour = parsed.GetValue(rate),
            Expires = Expires(parsed.GetValue(expires), context) ?? TrustTimes.Default(context.Clock.GetUtcNow()),
            Reason = sign.Reason(parsed),
        }), []));
    }

    public static Option<string?> ExpiresOption() => new("--expires") { Description = "90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z; 365d if not given.", HelpName = "TIME" };

    public static DateTimeOffset? Expires(string? text, TrustContext context) => text is null ? null : TrustTimes.Parse(text, context.Clock.GetUtcNow());

    private static Command Denial(Func<ParseResult, TrustContext?> load, TrustNode node, TrustAction action, string description)
    {
        var command = new Command(Words.Of(action), description);
        var sign = new SignOptions(command, SubjectHelp, node);
        var from = command.Take(new Option<string?>("--from") { Description = "The key id whose right to enrol there is taken back.", HelpName = "KEY-ID" });
        return command.With(load, (parsed, context, _) =>
        {
            var delegated = parsed.GetValue(from);
            if (sign.IsByNode(parsed))
            {
                return delegated is null
                    ? sign.AskNodeAsync(parsed, sign.Change(parsed, action), [])
                    : throw new TrustRefusalException("a node does not take back a right to enrol; leave --node out, and sign with a root's key");
            }

            return sign.SignAsync(
                parsed, context, author => author.Propose(author.Expect(new Statement { Action = action, Subject = sign.Subject(parsed), Delegate = delegated, Reason = sign.Reason(parsed) })), []);
        });
    }
}
