using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Dashboard.Data;

/// <summary>The trusted list as the dashboard shows it, and the statements that an admin signs there with the key that the operator gave the node.</summary>
internal sealed partial class TrustDesk(AdminOptions admin, NodeOptions node, TrustOptions options, TrustKeeper keeper, IDnsResolver dns, TimeProvider clock)
{
    /// <summary>Whether the operator gave the node a key, and the dashboard has a login.</summary>
    public bool CanSign => admin is { TrustKeyFile: not null, TokenFile: not null };

    /// <summary>The entries of this node's own configuration.</summary>
    public IReadOnlyList<string> Local => options.Entries;

    /// <summary>The rows of the signed list that match: the subject, the organisation or the contact contains the text, or the network contains the address.</summary>
    /// <param name="search">Empty for all.</param>
    public IEnumerable<ListRow> Find(string search)
    {
        var address = IPAddress.TryParse(search, out var parsed) ? parsed : null;
        return keeper.List.Rows
            .Where(row => search.Length == 0
                || row.Subject.ToString().Contains(search, StringComparison.OrdinalIgnoreCase)
                || row.Statement.Organisation.Contains(search, StringComparison.OrdinalIgnoreCase)
                || row.Statement.Contact.Contains(search, StringComparison.OrdinalIgnoreCase)
                || (address is not null && row.Subject.Network?.Contains(address) == true))
            .OrderBy(row => row.Expires ?? DateTimeOffset.MaxValue);
    }

    /// <summary>The statement that a form describes.</summary>
    /// <param name="action">enrol, suspend or revoke.</param>
    /// <param name="field">Gives a field's text.</param>
    /// <exception cref="TrustRefusalException">A field is wrong; the message says how to write it.</exception>
    public Statement Draft(string action, Func<string, string> field)
    {
        var text = field("subject").TrimEnd('.').ToLowerInvariant();
        if (!TrustSubject.TryParse(text, out var subject, out var error))
        {
            throw new TrustRefusalException(text.Length == 0 ? "Fill in the address, network or host name." : error);
        }

        if (action != "enrol")
        {
            return new Statement { Action = action == "revoke" ? TrustAction.Revoke : TrustAction.Suspend, Subject = subject, Reason = field("reason") };
        }

        var rate = field("rate");
        var perHour = 0;
        if (rate.Length > 0 && !(int.TryParse(rate, NumberStyles.None, CultureInfo.InvariantCulture, out perHour) && perHour > 0))
        {
            throw new TrustRefusalException($"{rate} is not a number of recipients an hour; write digits only, or nothing for no limit.");
        }

        return new Statement
        {
            Action = TrustAction.Enrol,
            Subject = subject,
            Kind = Words.TryParse(field("kind"), out TrustKind kind) ? kind : throw new TrustRefusalException("Choose what kind of host it is."),
            Organisation = field("organisation"),
            Contact = field("contact"),
            RatePerHour = rate.Length > 0 ? perHour : null,
            Expires = field("expires") is { Length: > 0 } expires ? TrustTimes.Parse(expires, clock.GetUtcNow()) : TrustTimes.Default(clock.GetUtcNow()),
            Reason = field("reason"),
        };
    }

    /// <summary>Signs a statement and writes it to the key's log. It is in force within a second.</summary>
    /// <param name="anyway">Whether to sign in spite of warnings.</param>
    /// <returns>Null when it is signed; else the warnings that the admin should confirm.</returns>
    /// <exception cref="TrustRefusalException">The statement would not count.</exception>
    /// <exception cref="IOException">The log cannot be written.</exception>
    public async Task<string?> SignAsync(Statement draft, bool anyway)
    {
        using var key = StatementAuthor.LoadKey(admin.TrustKeyFile!);
        var author = new StatementAuthor(new TrustContext(node.DataDirectory, options, dns, clock), key);
        if (draft.Action == TrustAction.Enrol && author.Current(draft.Subject) is { Standing: TrustStanding.Trusted } row)
        {
            throw new TrustRefusalException($"{draft.Subject} is on the list until {row.Expires:yyyy-MM-dd}; change it with the command 'trust renew'.");
        }

        var proposal = author.Propose(draft);
        string[] warnings = [.. proposal.Warnings, .. proposal.Overlaps];
        if (warnings.Length > 0 && !anyway)
        {
            return string.Join("; ", warnings);
        }

        await author.CommitAsync(proposal);
        keeper.Wake();
        return null;
    }

    /// <summary>The command that signs a statement, for the machine that has the key.</summary>
    public static string Command(Statement draft)
    {
        var words = new List<string> { "throttlenet", "trust", Words.Of(draft.Action), draft.Subject.ToString() };
        Add("--kind", draft.Kind is { } kind ? Words.Of(kind) : "");
        Add("--organisation", draft.Organisation);
        Add("--contact", draft.Contact);
        Add("--rate", draft.RatePerHour?.ToString(CultureInfo.InvariantCulture) ?? "");
        Add("--expires", draft.Expires?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "");
        Add("--reason", draft.Reason);
        return string.Join(' ', words.Select(Quote));

        void Add(string option, string value)
        {
            if (value.Length > 0)
            {
                words.AddRange([option, value]);
            }
        }
    }

    // For a POSIX shell: nothing between single quotes has a meaning.
    private static string Quote(string word) => Plain().IsMatch(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[A-Za-z0-9._:/@+-]+\z")]
    private static partial Regex Plain();
}
