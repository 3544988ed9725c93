namespace ThrottleNet.TrustList.Logs;

/// <summary>
/// Chooses which lines that contradict a log are kept. It keeps the first <see cref="LogLimits.Forks"/> that arrive; a later denial (suspend or revoke)
/// replaces the last kept line that is no denial. It also keeps the first line with the lowest seq, whenever that arrives. So an author's forks never take more than
/// this many lines, later lines cannot displace a denial that counts, and all nodes freeze the author at the same statement.
/// </summary>
internal sealed class ForkChoice
{
    private readonly List<SignedStatement> _lines = [];
    private int _denials;
    private SignedStatement? _lowest;

    /// <summary>The lines that are kept, in order of arrival.</summary>
    public IEnumerable<SignedStatement> Kept
    {
        get
        {
            var others = LogLimits.Forks - Math.Min(_denials, LogLimits.Forks);
            var denials = LogLimits.Forks;
            return _lines.Where(line => (line.Statement.IsDenial ? denials-- : others--) > 0 || ReferenceEquals(line, _lowest)).ToList();
        }
    }

    /// <summary>Whether the line is kept for now. Each line must be offered once only.</summary>
    public bool Offer(SignedStatement line)
    {
        var isDenial = line.Statement.IsDenial;
        var isLowest = !(_lowest?.Statement.Seq <= line.Statement.Seq);
        if (!isLowest && (isDenial ? _denials : _lines.Count) >= LogLimits.Forks)
        {
            return false;
        }

        _lowest = isLowest ? line : _lowest;
        _denials += isDenial ? 1 : 0;
        _lines.Add(line);
        return true;
    }
}
