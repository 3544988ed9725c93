using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.TrustList.Feed;

/// <summary>The logs that a node holds at one moment, and the authors whose logs it exchanges.</summary>
/// <param name="ByAuthor">The logs by author.</param>
/// <param name="Roots">The roots' key ids.</param>
/// <param name="Delegates">Keys that a root has delegated to at any time. Suspensions and revocations outlive a delegation, so these logs are still needed.</param>
public sealed record HeldLogs(IReadOnlyDictionary<string, AuthorLog> ByAuthor, IReadOnlySet<string> Roots, IReadOnlySet<string> Delegates)
{
    public static HeldLogs Empty { get; } = new(new Dictionary<string, AuthorLog>(), new HashSet<string>(), new HashSet<string>());

    /// <summary>The authors whose logs are exchanged: roots and delegates only, so that the roots decide which authors may use disk space.</summary>
    public IEnumerable<string> Authors => Roots.Concat(Delegates.Where(author => !Roots.Contains(author)));

    /// <summary>Whether the author's log is exchanged.</summary>
    public bool Exchanges(string author) => Roots.Contains(author) || Delegates.Contains(author);

    public AuthorLog Log(string author) => ByAuthor.GetValueOrDefault(author) ?? AuthorLog.None(author);

    /// <summary>The most octets that the author's log may have.</summary>
    public long LimitOf(string author) => Roots.Contains(author) ? LogLimits.RootLog : LogLimits.DelegateLog;
}
