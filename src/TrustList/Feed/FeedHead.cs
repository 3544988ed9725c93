using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Feed;

/// <summary>The state of one author's log at a node. Two nodes that hold the same lines have equal heads.</summary>
/// <param name="Author">The key's id.</param>
/// <param name="Seq">The seq of the last statement; 0: there is none.</param>
/// <param name="Hash">The hash of its line.</param>
/// <param name="Forks">The number of lines held that contradict the log.</param>
/// <param name="ForksHash"><see cref="AuthorLog.ForksHash"/>.</param>
public sealed record FeedHead(string Author, long Seq, LineHash Hash, int Forks, LineHash ForksHash)
{
    public static FeedHead None(string author) => new(author, 0, default, 0, default);

    public static FeedHead Of(AuthorLog log) => new(log.Author, log.Head.Seq, log.Head.Hash, log.Forks.Count, log.ForksHash);
}
