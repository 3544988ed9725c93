namespace ThrottleNet.TrustList.Logs;

/// <summary>
/// Which of the lines that contradict a log are kept: the first <see cref="LogLimits.Forks"/> that came, where a denial takes the place
/// of the last line that is none, and the first of those with the lowest seq, whenever it came. So an author's forks never take more than
/// so many lines, no denial that is counted is driven out by later lines, and all nodes come to freeze the author at one place.
/// </summary>
internal sealed class ForkChoice
{
    private readonly List<SignedStatement> _lines = [];
    private int _denials;
    private SignedStatement? _lowest;

    /// <summary>The lines that are kept, in the order in which they came.</summary>
    public IEnumerable<SignedStatement> Kept
    {
        get
        {
            var others = LogLimits.Forks - Math.Min(_denials, LogLimits.Forks);
            var denials = LogLimits.Forks;
            return _lines.Where(line => (line.Statement.IsDenial ? denials-- : others--) > 0 || ReferenceEquals(line, _lowest)).ToList();
        }
    }

    /// <summary>Whether the line is kept, for now; each line is offered once.</summary>
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
