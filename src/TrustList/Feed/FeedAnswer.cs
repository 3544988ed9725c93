using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.TrustList.Feed;

/// <summary>An answer on its way, a frame at a time. It is of the log as it was when the question came, even if that changes meanwhile.</summary>
internal sealed class FeedAnswer(AuthorLog log, long after, bool forks)
{
    /// <summary>Octets of lines in a frame: a fraction of the 1 MiB allowed, so that heads need not wait long.</summary>
    private const int FrameOctets = 256 * 1024;

    private readonly FeedHead _head = FeedHead.Of(log);
    // In order of places: the first of a branch contradicts what the asker holds, and so proves the fork.
    private readonly SignedStatement[] _forks = forks ? [.. log.Forks.OrderBy(fork => fork.Statement.Seq)] : [];
    private bool _begun;
    private int _place = (int)Math.Min(after, log.Log.Statements.Count);
    private int _fork;

    /// <summary>The next frame; the one with an end is the last.</summary>
    public LinesFrame Next()
    {
        var lines = Piece(log.Log.Statements, ref _place);
        var contradicting = lines.Count == 0 ? Piece(_forks, ref _fork) : [];
        var key = _begun ? null : log.Log.Key?.Text;
        _begun = true;
        return new LinesFrame(log.Author)
        {
            Key = key,
            Lines = lines,
            Forks = contradicting,
            End = _place == log.Log.Statements.Count && _fork == _forks.Length ? _head : null,
        };
    }

    private static List<ReadOnlyMemory<byte>> Piece(IReadOnlyList<SignedStatement> all, ref int place)
    {
        List<ReadOnlyMemory<byte>> piece = [];
        for (var octets = 0; place < all.Count && octets < FrameOctets; place++)
        {
            piece.Add(all[place].Line);
            octets += all[place].Line.Length;
        }

        return piece;
    }
}
