using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Folding;

/// <summary>
/// The subjects that roots have delegated to other keys. A delegate cannot delegate further, so authority is one step deep, and
/// revoking a delegation undoes everything that depends on it.
/// </summary>
internal sealed class Delegations
{
    private readonly Dictionary<string, List<Grant>> _byAuthor = [];

    /// <summary>A delegation and the number of hosts enrolled under it.</summary>
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
    /// The narrowest delegation under which a statement counts; null when none covers it. A statement that gives trust needs a delegation in
    /// force now. A suspension or revocation outlives its delegation's expiry; otherwise trust would come back as time passes.
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
