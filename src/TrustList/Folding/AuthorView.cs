using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Folding;

/// <summary>An author's latest statement about each subject and about each delegation.</summary>
internal sealed class AuthorView
{
    private readonly List<Statement> _statements = [];
    private bool _sorted = true;

    public long? ForkedAt { get; private set; }

    public void Add(Statement statement)
    {
        _sorted &= _statements.Count == 0 || statement.Seq > _statements[^1].Seq;
        _statements.Add(statement);
    }

    /// <summary>
    /// The latest statements, in order of seq. From a fork on, only suspensions and revocations count. Otherwise a thief of the key could
    /// trust a host, and an author could undo a revocation by forking its own log.
    /// </summary>
    public List<Statement> Latest(DateTimeOffset latestIssue, List<AsideStatement> aside)
    {
        Sort();
        List<Statement> latest = [];
        var seen = new HashSet<(TrustSubject, string?)>(_statements.Count);
        for (var i = _statements.Count - 1; i >= 0; i--)
        {
            var statement = _statements[i];
            if (!statement.IsDenial && statement.Seq >= ForkedAt)
            {
                aside.Add(new(statement, AsideReason.Frozen));
            }
            else if (!statement.IsDenial && statement.Issued > latestIssue)
            {
                aside.Add(new(statement, AsideReason.NotYetIssued));
            }
            else if (seen.Add((statement.Subject, statement.Delegate)))
            {
                latest.Add(statement);
            }
        }

        latest.Reverse();
        return latest;
    }

    private void Sort()
    {
        if (_sorted)
        {
            return;
        }

        // Two statements of a fork are ordered by their text, so that the order is the same on every node.
        _statements.Sort(static (a, b) =>
            a.Seq != b.Seq ? a.Seq.CompareTo(b.Seq)
            : ReferenceEquals(a, b) ? 0
            : StatementText.Body(a).AsSpan().SequenceCompareTo(StatementText.Body(b)));

        var kept = 1;
        for (var i = 1; i < _statements.Count; i++)
        {
            if (_statements[i].Seq == _statements[kept - 1].Seq)
            {
                if (_statements[i] == _statements[kept - 1])
                {
                    continue;
                }

                ForkedAt ??= _statements[i].Seq;
            }

            _statements[kept++] = _statements[i];
        }

        _statements.RemoveRange(kept, _statements.Count - kept);
        _sorted = true;
    }
}
