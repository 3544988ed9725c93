using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Feed;

/// <summary>What a node holds of one author, in short: two that hold the same have the same head, unless the author forked.</summary>
/// <param name="Author">The key's id.</param>
/// <param name="Seq">The place of the last statement; 0 for none.</param>
/// <param name="Hash">Its line's hash.</param>
/// <param name="Forks">How many lines that contradict the log are held.</param>
/// <param name="ForksHash"><see cref="AuthorLog.ForksHash"/>.</param>
public sealed record FeedHead(string Author, long Seq, LineHash Hash, int Forks, LineHash ForksHash)
{
    public static FeedHead None(string author) => new(author, 0, default, 0, default);

    public static FeedHead Of(AuthorLog log) => new(log.Author, log.Head.Seq, log.Head.Hash, log.Forks.Count, log.ForksHash);
}
