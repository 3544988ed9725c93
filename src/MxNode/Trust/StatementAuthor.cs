using System.Security.Cryptography;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust;

/// <summary>A signed statement that is not written yet.</summary>
/// <param name="Signed">The statement and its line.</param>
/// <param name="Warnings">Reasons to reconsider the statement before it is written.</param>
/// <param name="Overlaps">Other subjects on the list that have addresses in common with it.</param>
internal sealed record Proposal(SignedStatement Signed, IReadOnlyList<string> Warnings, IReadOnlyList<string> Overlaps);

/// <summary>
/// Turns an admin's draft into the next statement of the key's log, and refuses a statement that would not count. To find out whether it
/// counts, it folds the list with the statement added: every node applies the same rules.
/// </summary>
internal sealed class StatementAuthor(TrustContext context, SigningKey key)
{
    private readonly TrustState _state = context.Load();

    private DateTimeOffset Now => context.Clock.GetUtcNow();

    /// <summary>Reads a key file.</summary>
    /// <exception cref="TrustRefusalException">The file does not exist, or is no key.</exception>
    public static SigningKey LoadKey(string path)
    {
        try
        {
            return SigningKey.FromPem(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TrustRefusalException($"there is no key at {path}; make one with 'trust key new', or name one with --key");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new TrustRefusalException($"the key at {path} cannot be read: {exception.Message}");
        }
    }

    /// <summary>The subject's row in the list now; null when it has none.</summary>
    private ListRow? Current(TrustSubject subject) => _state.List.Rows.FirstOrDefault(row => row.Subject.Equals(subject));

    /// <summary>Returns a draft that changes something.</summary>
    /// <exception cref="TrustRefusalException">It changes nothing, or another action is meant.</exception>
    public Statement Expect(Statement draft)
    {
        var row = draft.Delegate is null ? Current(draft.Subject) : null;
        return (draft.Action, row?.Standing) switch
        {
            (TrustAction.Enrol, TrustStanding.Trusted) => throw new TrustRefusalException($"{draft.Subject} is on the list until {row!.Expires:yyyy-MM-dd}; change it with 'trust renew'"),
            (TrustAction.Suspend, TrustStanding.Suspended) or (TrustAction.Revoke, TrustStanding.Revoked) =>
                throw new TrustRefusalException($"{draft.Subject} is {row!.Standing.ToString().ToLowerInvariant()} already, since {row.Statement.Issued:yyyy-MM-dd}: {row.Statement.Reason}"),
            _ => draft,
        };
    }

    /// <summary>The statement that a renewal of a subject repeats: the latest one that put it on the list, of an author with authority over it.</summary>
    /// <exception cref="TrustRefusalException">There is none, or the subject was revoked.</exception>
    public Statement ToRenew(TrustSubject subject) =>
        Current(subject) is { Standing: TrustStanding.Revoked } row
            ? throw new TrustRefusalException($"{subject} was revoked on {row.Statement.Issued:yyyy-MM-dd} ({row.Statement.Reason}); to trust it again, enrol it anew")
            : _state.Statements
                .Where(statement => statement.Subject.Equals(subject) && statement.Kind is not null && MaySpeakFor(statement.Author, subject))
                .MaxBy(statement => statement.Issued)
                ?? throw new TrustRefusalException($"{subject} is not on the list; put it there with 'trust enrol'");

    /// <summary>Signs the draft in memory.</summary>
    /// <exception cref="TrustRefusalException">The statement would not count, or the draft breaks a rule.</exception>
    public Proposal Propose(Statement draft)
    {
        var log = _state.Logs.GetValueOrDefault(key.Public.Id) ?? new LogReading();
        if (log.Faults.Count > 0)
        {
            throw new TrustRefusalException($"your log {context.Store.LogPath(key.Public.Id)} is damaged, {log.Faults[0]}; put back a good copy first, or your next statement would fork it");
        }

        SignedStatement signed;
        try
        {
            signed = SignedStatement.Sign(draft, key, log.Head, Now);
        }
        catch (ArgumentException exception)
        {
            throw new TrustRefusalException(exception.Message.Replace(" (Parameter 'draft')", "", StringComparison.Ordinal));
        }

        return new(signed, [.. Judge(signed.Statement)], [.. Overlaps(signed.Statement)]);
    }

    /// <summary>Writes a proposal to the log; it is on disk when this returns.</summary>
    public Task CommitAsync(Proposal proposal) => context.Store.AppendAsync(key.Public, [proposal.Signed]);

    private bool MaySpeakFor(string author, TrustSubject subject) =>
        author == key.Public.Id
        || context.Options.Roots.Contains(author)
        || _state.List.Delegations.Any(row => row.Statement.Delegate == author && row.Statement.Subject.Covers(subject));

    private IEnumerable<string> Judge(Statement statement)
    {
        if (context.Options.Roots.Count == 0)
        {
            yield return "no roots are configured here (Trust:Roots), so it is unknown whether this counts";
            yield break;
        }

        var list = ListFold.Fold(_state.Statements.Append(statement), context.Options.Roots.ToHashSet(), Now);
        if (list.Aside.FirstOrDefault(aside => aside.Statement == statement) is { } aside)
        {
            throw new TrustRefusalException(aside.Reason switch
            {
                AsideReason.NoAuthority => NoAuthority(statement),
                AsideReason.Expired => "it would have expired already",
                AsideReason.OverHosts => $"your delegation has no room for {(statement.Subject.Hosts == UInt128.One ? "one more host" : $"{statement.Subject.Hosts} more hosts")}: {Bounds()}",
                AsideReason.DeniedByRoot => $"a root has suspended or revoked {statement.Subject}; only a root can trust it again",
                AsideReason.Frozen => $"the log of key {key.Public.Id} has forked and is frozen: make a new key",
                _ => "its date lies ahead: this machine's clock is behind your log",
            });
        }

        if (!statement.IsDenial && statement.Delegate is null
            && list.Rows.FirstOrDefault(row => row.Statement == statement) is { } row
            && (row.RatePerHour != statement.RatePerHour || row.Expires != statement.Expires))
        {
            yield return $"your delegation bounds it: {Bounds()}";
        }
    }

    private string NoAuthority(Statement statement)
    {
        if (statement.Delegate is not null)
        {
            return "only a root may delegate, or take a delegation back";
        }

        var expired = _state.Statements.Where(other => other.Action == TrustAction.Delegate && other.Delegate == key.Public.Id
            && other.Expires <= Now && context.Options.Roots.Contains(other.Author) && other.Subject.Covers(statement.Subject)).MaxBy(other => other.Expires);
        return expired is not null ? $"your delegation for {expired.Subject} expired on {expired.Expires:yyyy-MM-dd}"
            : Bounds() is { Length: > 0 } bounds ? $"{statement.Subject} is outside your delegation: {bounds}"
            : $"key {key.Public.Id} is not a root and has no delegation";
    }

    private string Bounds() => string.Join("; ", _state.List.Delegations
        .Where(row => row.Statement.Delegate == key.Public.Id)
        .Select(row => $"{row.Statement.Subject}, hosts used: {row.Used} of {row.Statement.Hosts}"
            + (row.Statement.RatePerHour is { } rate ? $", {rate} an hour" : "")
            + $", until {row.Statement.Expires:yyyy-MM-dd}"));

    private IEnumerable<string> Overlaps(Statement statement) =>
        statement.Delegate is not null ? [] : _state.List.Rows
            .Where(row => !row.Subject.Equals(statement.Subject) && row.Subject.Overlaps(statement.Subject))
            .Select(row => $"{statement.Subject} overlaps {row.Subject} ({row.Standing.ToString().ToLowerInvariant()}{(row.Statement.Organisation is { Length: > 0 } organisation ? $", {organisation}" : "")})");
}
