using System.Security.Cryptography;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Logs;

/// <summary>Everything that is held of one author: the log, and the lines that contradict it. Immutable.</summary>
public sealed class AuthorLog
{
    private readonly Dictionary<LineHash, SignedStatement> _forks = [];
    private readonly HashSet<long> _forkPlaces = [];

    public AuthorLog(string author, LogReading log, IEnumerable<SignedStatement> forks)
    {
        Author = author;
        Log = log;
        Head = log.Head;
        var choice = new ForkChoice();
        var offered = new HashSet<LineHash>();
        foreach (var fork in forks)
        {
            var hash = LineHash.Of(fork.Line.Span);
            if (!IsInChain(fork.Statement.Seq, hash) && offered.Add(hash))
            {
                choice.Offer(fork);
            }
        }

        foreach (var fork in choice.Kept)
        {
            _forks.Add(LineHash.Of(fork.Line.Span), fork);
            _forkPlaces.Add(fork.Statement.Seq);
        }

        ForksHash = HashOfForks();
    }

    /// <summary>The key's id.</summary>
    public string Author { get; }

    public LogReading Log { get; }

    /// <summary>The head of the chain.</summary>
    public LogHead Head { get; }

    /// <summary>The lines that contradict the chain and that <see cref="ForkChoice"/> keeps, without duplicates, in order of arrival.</summary>
    public IReadOnlyCollection<SignedStatement> Forks => _forks.Values;

    /// <summary>The SHA-256 over the hashes of the contradicting lines, in ascending order; all zero when there are none.</summary>
    public LineHash ForksHash { get; }

    /// <summary>The first seq that two known statements have; null: there is none.</summary>
    public long? FirstFork => _forkPlaces.Count == 0 ? null : _forkPlaces.Min();

    /// <summary>Octets of the chain's lines, line ends included.</summary>
    public long Size => Math.Max(0, Log.SoundLength - LogHeader.Length);

    public static AuthorLog None(string author) => new(author, new LogReading(), []);

    /// <summary>Whether a log of this many octets takes no more lines. All nodes stop at the same line.</summary>
    public static bool IsFull(long size, long limit) => size > limit - StatementText.MaxLine - 1;

    /// <summary>The hash of the chain's line with this seq: all zero for 0, null beyond the end.</summary>
    public LineHash? HashAt(long place) =>
        place == 0 ? default(LineHash)
        : place == Head.Seq ? Head.Hash
        : place > 0 && place < Head.Seq ? Log.Statements[(int)place].Statement.Previous
        : null;

    /// <summary>Whether this line is held, in the chain or among the contradicting lines.</summary>
    public bool Holds(long place, LineHash hash) => IsInChain(place, hash) || _forks.ContainsKey(hash);

    /// <summary>Whether this line and all lines before it in its branch are held.</summary>
    public bool HoldsBranch(long place, LineHash hash)
    {
        while (_forks.TryGetValue(hash, out var fork))
        {
            (place, hash) = (fork.Statement.Seq - 1, fork.Statement.Previous);
        }

        return IsInChain(place, hash) || place == 0;
    }

    /// <summary>Whether any line with this seq is held.</summary>
    public bool HoldsPlace(long place) => (place > 0 && place <= Head.Seq) || _forkPlaces.Contains(place);

    private bool IsInChain(long place, LineHash hash) => place > 0 && HashAt(place) == hash;

    private LineHash HashOfForks()
    {
        if (_forks.Count == 0)
        {
            return default;
        }

        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> one = stackalloc byte[LineHash.Size];
        foreach (var hash in _forks.Keys.OrderBy(hash => hash.Upper).ThenBy(hash => hash.Lower))
        {
            hash.Write(one);
            all.AppendData(one);
        }

        all.GetHashAndReset(one);
        return LineHash.Read(one);
    }
}
