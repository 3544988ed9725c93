using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.TrustList.Feed;

/// <summary>An answer that is being sent, a frame at a time. It shows the log as it was when the question came, even if the log changes meanwhile.</summary>
internal sealed class FeedAnswer(AuthorLog log, long after, bool forks)
{
    /// <summary>Octets of lines in a frame. It is a fraction of the 1 MiB allowed, so that frames of heads do not wait long behind it.</summary>
    private const int FrameOctets = 256 * 1024;

    private readonly FeedHead _head = FeedHead.Of(log);
    // In order of seq: the first line of a branch contradicts a line that the asker holds, and so proves the fork.
    private readonly SignedStatement[] _forks = forks ? [.. log.Forks.OrderBy(fork => fork.Statement.Seq)] : [];
    private bool _begun;
    private int _place = (int)Math.Min(after, log.Log.Statements.Count);
    private int _fork;

    /// <summary>Makes the next frame. The frame that has <see cref="LinesFrame.End"/> is the last.</summary>
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
