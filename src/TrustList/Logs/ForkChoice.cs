namespace ThrottleNet.TrustList.Logs;

/// <summary>
/// Selects which of the lines that contradict a log are kept: the first <see cref="LogLimits.Forks"/> that arrive, and the first line
/// with the lowest seq whenever it arrives. When these are full, a suspension or revocation replaces the last line that is neither. So the
/// number of lines is bounded, later lines cannot displace a suspension or revocation, and all nodes freeze the author at the same seq.
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

    /// <summary>Offers a line, each once. Returns whether it is kept for now.</summary>
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
