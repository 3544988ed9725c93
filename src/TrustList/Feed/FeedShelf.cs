using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.TrustList.Feed;

/// <summary>The logs a node holds, and whose logs it keeps, at one moment.</summary>
/// <param name="Logs">By author.</param>
/// <param name="Roots">Their key ids.</param>
/// <param name="Delegates">Keys that a root has delegated to at any time: denials outlive a delegation, so their logs are still wanted.</param>
public sealed record FeedShelf(IReadOnlyDictionary<string, AuthorLog> Logs, IReadOnlySet<string> Roots, IReadOnlySet<string> Delegates)
{
    public static FeedShelf Empty { get; } = new(new Dictionary<string, AuthorLog>(), new HashSet<string>(), new HashSet<string>());

    /// <summary>Whose logs are spread: nobody else's, so that only roots decide who may fill disks.</summary>
    public IEnumerable<string> Authors => Roots.Concat(Delegates.Where(author => !Roots.Contains(author)));

    public bool Spreads(string author) => Roots.Contains(author) || Delegates.Contains(author);

    public AuthorLog Log(string author) => Logs.GetValueOrDefault(author) ?? AuthorLog.None(author);

    /// <summary>Octets that the author's log may have.</summary>
    public long LimitOf(string author) => Roots.Contains(author) ? LogLimits.RootLog : LogLimits.DelegateLog;
}
