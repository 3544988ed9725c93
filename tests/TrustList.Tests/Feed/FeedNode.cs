using ThrottleNet.TrustList.Feed;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Tests.Feed;

/// <summary>A node that holds its logs in memory.</summary>
internal sealed class FeedNode(IReadOnlySet<string> roots)
{
    private readonly DelegateWatch _delegates = new(roots);

    public HeldLogs Held { get; private set; } = HeldLogs.Empty with { Roots = roots };

    /// <summary>Signs a statement that continues the log as this node has it.</summary>
    public Statement Say(SigningKey key, Statement draft, int minute)
    {
        var signed = SignedStatement.Sign(draft, key, Held.Log(key.Public.Id).Head, TestAuthor.Start.AddMinutes(minute));
        Keep(key.Public, [signed], []);
        return signed.Statement;
    }

    /// <summary>Replaces an author's log by the given one.</summary>
    public void Hold(TestAuthor author, int statements = int.MaxValue) =>
        Put(new AuthorLog(author.Id, Reading(author.Key.Public, [.. author.Log.Take(statements)]), []));

    public void Lose(string author) => Put(AuthorLog.None(author));

    /// <summary>Handles a frame from a peer. Gives the reason for which the peer is cut off, or null.</summary>
    public string? Receive(FeedPeer peer, FeedFrame frame, TimeSpan now)
    {
        switch (frame)
        {
            case HeadsFrame heads:
                peer.Receive(heads);
                return null;
            case LogWantFrame want:
                return peer.Receive(want, Held);
            case LinesFrame lines when peer.Expects(lines.Author):
                var take = peer.Take(lines, Held.Log(lines.Author), Held.LimitOf(lines.Author), now);
                if (take.Change is { } change)
                {
                    Keep(change.Key, change.Next, change.Forks);
                }

                return take.Fault;
            default:
                return "lines that were not asked for";
        }
    }

    public FoldedList Fold(int minute) => ListFold.Fold(
        Held.ByAuthor.Values.SelectMany(log => log.Log.Counting.Concat(log.Forks.Select(fork => fork.Statement))), roots, TestAuthor.Start.AddMinutes(minute));

    /// <summary>The list and its forks as text, to compare nodes.</summary>
    public string Picture(int minute)
    {
        var list = Fold(minute);
        var rows = list.Rows.Select(row => $"{row.Subject} {row.Standing} {row.Statement.Author} {row.Statement.Seq} {row.Statement.Issued:u} {row.RatePerHour} {row.Expires}");
        return string.Join('\n', rows.Concat(list.Delegations.Select(row => $"{row.Statement.Subject} {row.Statement.Delegate} {row.Used}"))
            .Concat(list.Forks.Where(fork => Held.Exchanges(fork.Author)).Select(fork => fork.ToString())).Order(StringComparer.Ordinal));
    }

    /// <summary>Every line of the authors whose logs all nodes keep, in order.</summary>
    public string Lines() => string.Join('\n', Held.Authors.Select(Held.Log)
        .SelectMany(log => log.Log.Statements.Concat(log.Forks)).Select(signed => TestAuthor.Text(signed.Line)).Order(StringComparer.Ordinal));

    public static LogReading Reading(AuthorKey key, IReadOnlyList<SignedStatement> statements) => new()
    {
        Key = key,
        Statements = statements,
        SoundLength = LogHeader.Length + statements.Sum(signed => signed.Line.Length + 1),
    };

    private void Keep(AuthorKey key, IReadOnlyList<SignedStatement> next, IReadOnlyList<SignedStatement> forks)
    {
        var held = Held.Log(key.Id);
        Put(new AuthorLog(key.Id, Reading(key, [.. held.Log.Statements, .. next]), [.. held.Forks, .. forks]));
    }

    private void Put(AuthorLog log)
    {
        var logs = new Dictionary<string, AuthorLog>(Held.ByAuthor) { [log.Author] = log };
        Held = new HeldLogs(logs, roots, _delegates.Of(logs));
    }
}
