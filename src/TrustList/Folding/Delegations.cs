using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Folding;

/// <summary>
/// What the roots let other keys speak for. A delegation is not handed on: only roots delegate, so authority is one step
/// deep, and taking one delegation back undoes everything that stood on it.
/// </summary>
internal sealed class Delegations
{
    private readonly Dictionary<string, List<Grant>> _byAuthor = [];

    /// <summary>A delegation and the hosts still free under it.</summary>
    public sealed class Grant(Statement statement, bool expired)
    {
        public Statement Statement => statement;

        public bool Expired => expired;

        public UInt128 Used { get; private set; }

        public bool Take(UInt128 hosts)
        {
            if (hosts > (UInt128)statement.Hosts!.Value - Used)
            {
                return false;
            }

            Used += hosts;
            return true;
        }
    }

    public IEnumerable<Grant> All => _byAuthor.Values.SelectMany(grants => grants);

    public void Add(Statement statement, DateTimeOffset now)
    {
        if (!_byAuthor.TryGetValue(statement.Delegate!, out var grants))
        {
            _byAuthor[statement.Delegate!] = grants = [];
        }

        grants.Add(new Grant(statement, statement.Expires <= now));
    }

    public bool Has(string author) => _byAuthor.ContainsKey(author);

    /// <summary>
    /// The narrowest delegation under which a statement counts; null when none covers it. To give trust a delegation must be in
    /// force now. A denial outlives the expiry of the delegation it was made under, or trust would come back by the clock.
    /// </summary>
    public Grant? Find(Statement statement)
    {
        Grant? best = null;
        foreach (var grant in _byAuthor.TryGetValue(statement.Author, out var grants) ? grants : [])
        {
            var counts = !grant.Expired || (statement.IsDenial && statement.Issued <= grant.Statement.Expires);
            if (counts && grant.Statement.Subject.Covers(statement.Subject)
                && (best is null || (best.Expired && !grant.Expired) || (best.Expired == grant.Expired && best.Statement.Subject.Covers(grant.Statement.Subject))))
            {
                best = grant;
            }
        }

        return best;
    }
}
