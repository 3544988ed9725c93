using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Folding;

/// <summary>
/// Turns the statements of all authors into the list. The result depends on the set of statements, the roots and the time, not on the
/// order in which statements arrive. For each subject the latest statement of an author with authority decides; where two have the same
/// time, a suspension or revocation does.
/// </summary>
public sealed class ListFold
{
    /// <summary>How far the clocks of authors and nodes may differ. A statement that gives trust counts from its date on; a suspension or revocation counts at once.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly IReadOnlySet<string> _roots;
    private readonly DateTimeOffset _now;
    private readonly Dictionary<TrustSubject, Decision> _decisions = [];
    private readonly Delegations _delegations = new();
    private readonly List<AsideStatement> _aside = [];
    private readonly List<Fork> _forks = [];

    private DateTimeOffset? _nextChange;

    private ListFold(IReadOnlySet<string> roots, DateTimeOffset now)
    {
        _roots = roots;
        _now = now;
    }

    /// <summary>Folds verified statements; <see cref="Logs.LogReader"/> has checked signatures and chains.</summary>
    /// <param name="statements">Statements of any number of authors, in any order, with duplicates, and with both branches of known forks.</param>
    /// <param name="roots">Key ids that have authority over everything.</param>
    /// <param name="now">The time for which the list is folded.</param>
    public static FoldedList Fold(IEnumerable<Statement> statements, IReadOnlySet<string> roots, DateTimeOffset now)
    {
        var fold = new ListFold(roots, now);
        var authors = new Dictionary<string, AuthorView>();
        foreach (var statement in statements)
        {
            if (!authors.TryGetValue(statement.Author, out var view))
            {
                authors[statement.Author] = view = new AuthorView();
            }

            view.Add(statement);
        }

        return fold.Run(authors);
    }

    private FoldedList Run(Dictionary<string, AuthorView> authors)
    {
        var latest = new List<(string Author, List<Statement> Statements)>(authors.Count);
        foreach (var (author, view) in authors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            latest.Add((author, view.Latest(_now + ClockSkew, _aside)));
            if (view.ForkedAt is { } seq)
            {
                _forks.Add(new Fork(author, seq));
            }
        }

        foreach (var aside in _aside.Where(aside => aside.Reason == AsideReason.NotYetIssued))
        {
            ChangesAt(aside.Statement.Issued - ClockSkew);
        }

        AddRoots(latest.Where(pair => _roots.Contains(pair.Author)).SelectMany(pair => pair.Statements));
        var denied = new DeniedByRoots(_decisions.Values.Select(decision => decision.Statement));
        foreach (var statement in latest.Where(pair => !_roots.Contains(pair.Author)).SelectMany(pair => pair.Statements))
        {
            AddDelegated(statement, denied);
        }

        return Finish();
    }

    private void AddRoots(IEnumerable<Statement> statements)
    {
        var delegations = new Dictionary<(TrustSubject, string), Statement>();
        foreach (var statement in statements)
        {
            if (statement.Delegate is null)
            {
                Decide(new(statement, statement.RatePerHour, statement.Expires));
            }
            else if (!delegations.TryGetValue((statement.Subject, statement.Delegate), out var other) || Outranks(statement, other))
            {
                delegations[(statement.Subject, statement.Delegate)] = statement;
            }
        }

        foreach (var statement in delegations.Values.Where(statement => !statement.IsDenial))
        {
            ChangesAt(statement.Expires);
            _delegations.Add(statement, _now);
        }
    }

    private void AddDelegated(Statement statement, DeniedByRoots denied)
    {
        if (statement.Delegate is not null || _delegations.Find(statement) is not { } grant)
        {
            _aside.Add(new(statement, AsideReason.NoAuthority));
        }
        else if (statement.IsDenial)
        {
            Decide(new(statement, null, null));
        }
        else if (denied.Covers(statement.Subject))
        {
            _aside.Add(new(statement, AsideReason.DeniedByRoot));
        }
        else if (statement.Expires > _now && !grant.Take(statement.Subject.Hosts))
        {
            _aside.Add(new(statement, AsideReason.OverHosts));
        }
        else
        {
            var bound = grant.Statement;
            Decide(new(statement, Lower(statement.RatePerHour, bound.RatePerHour), Lower(statement.Expires, bound.Expires)));
        }
    }

    private void Decide(Decision decision)
    {
        ChangesAt(decision.Expires);
        if (!_decisions.TryGetValue(decision.Statement.Subject, out var other) || Outranks(decision.Statement, other.Statement))
        {
            _decisions[decision.Statement.Subject] = decision;
        }
    }

    private FoldedList Finish()
    {
        var rows = new List<ListRow>(_decisions.Count);
        foreach (var decision in _decisions.Values)
        {
            if (decision.Expires <= _now)
            {
                _aside.Add(new(decision.Statement, AsideReason.Expired));
            }
            else
            {
                rows.Add(new ListRow(decision.Statement, decision.RatePerHour, decision.Expires));
            }
        }

        var inForce = _delegations.All.Where(grant => !grant.Expired)
            .Select(grant => new DelegationRow(grant.Statement, grant.Used)).ToList();
        return new FoldedList
        {
            Rows = rows,
            Delegations = inForce,
            Forks = _forks,
            Aside = _aside,
            NextChange = _nextChange,
        };
    }

    private void ChangesAt(DateTimeOffset? time)
    {
        if (time > _now && !(_nextChange <= time))
        {
            _nextChange = time;
        }
    }

    private static bool Outranks(Statement a, Statement b) =>
        a.Issued != b.Issued ? a.Issued > b.Issued
        : a.IsDenial != b.IsDenial ? a.IsDenial
        : string.CompareOrdinal(a.Author, b.Author) > 0;

    private static T? Lower<T>(T? value, T? bound)
        where T : struct, IComparable<T> =>
        value is not { } v ? bound : bound is { } b && b.CompareTo(v) < 0 ? b : v;

    private readonly record struct Decision(Statement Statement, int? RatePerHour, DateTimeOffset? Expires);
}
