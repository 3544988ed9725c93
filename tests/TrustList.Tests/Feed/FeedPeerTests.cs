using ThrottleNet.TrustList.Feed;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;
using static ThrottleNet.TrustList.Tests.TestAuthor;

namespace ThrottleNet.TrustList.Tests.Feed;

/// <summary>How a node handles single frames, correct and wrong ones.</summary>
public sealed class FeedPeerTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TestAuthor _root = new();
    private readonly TestAuthor _isp = new();
    private readonly FeedPeer _peer = new();
    private readonly FeedNode _node;
    private TimeSpan _now;

    public FeedPeerTests()
    {
        _node = new FeedNode(new HashSet<string> { _root.Id });
        _root.Say(Enrol("192.0.2.0/24"), 0);
        _root.Say(Delegate("198.51.100.0/24", _isp.Id), 1);
        _root.Say(Revoke("192.0.2.0/24"), 2);
        _isp.Say(Enrol("198.51.100.7/32"), 3);
    }

    public void Dispose()
    {
        _root.Dispose();
        _isp.Dispose();
    }

    [Fact]
    public void Heads_are_sent_first_even_if_there_are_none()
    {
        Assert.Empty(Assert.IsType<HeadsFrame>(Next()).Heads);
        Assert.Null(Next());
    }

    [Fact]
    public void Missing_lines_are_requested_one_author_at_a_time_and_a_delegates_log_once_the_delegation_is_known()
    {
        _node.Hold(_root, 1);
        Tell(Head(_root), Head(_isp));

        Assert.Equal(new LogWantFrame(_root.Id, 1, false), Want());
        Assert.Null(Next());
        Assert.Null(Receive(Lines(_root, 1)));
        Assert.Equal(new LogWantFrame(_isp.Id, 0, false), Want());
        Assert.Null(Receive(Lines(_isp, 0)));
        Assert.Equal(["192.0.2.0/24", "198.51.100.7/32"], _node.Fold(5).Rows.Select(row => row.Subject.ToString()));
    }

    [Fact]
    public void A_peer_that_is_behind_gets_an_answer_and_no_request()
    {
        _node.Hold(_root);
        _now += Second;
        Assert.Equal(3, Assert.Single(Assert.IsType<HeadsFrame>(Next()).Heads).Seq);
        Tell(Head(_root, 1));
        Assert.Null(Next());

        Assert.Null(Receive(new LogWantFrame(_root.Id, 1, true)));
        var answer = Assert.IsType<LinesFrame>(Next());
        Assert.Equal(_root.Key.Public.Text, answer.Key);
        Assert.Equal(_root.Log.Skip(1).Select(signed => signed.Line), answer.Lines);
        Assert.Equal(Head(_root), answer.End);
        Assert.Null(Next());
    }

    [Fact]
    public void A_request_for_an_unknown_log_gets_an_empty_answer()
    {
        Next();
        Assert.Null(Receive(new LogWantFrame(_isp.Id, 5, true)));
        var answer = Assert.IsType<LinesFrame>(Next());
        Assert.Null(answer.Key);
        Assert.Equal(FeedHead.None(_isp.Id), answer.End);
    }

    [Fact]
    public void A_long_log_is_sent_in_pieces_with_heads_between_them()
    {
        for (var i = 0; i < 1000; i++)
        {
            _root.Say(Enrol($"10.0.{i / 256}.{i % 256}/32"), 3);
        }

        _node.Hold(_root);
        Next();
        Receive(new LogWantFrame(_root.Id, 0, false));
        var first = Assert.IsType<LinesFrame>(Next());
        Assert.Null(first.End);
        _node.Hold(_isp);
        _now += Second;
        Assert.IsType<HeadsFrame>(Next());
        var second = Assert.IsType<LinesFrame>(Next());
        Assert.NotNull(second.End);
        Assert.Equal(_root.Log.Count, first.Lines.Count + second.Lines.Count);
    }

    [Fact]
    public void Changes_within_the_pause_are_sent_together()
    {
        Next();
        _node.Hold(_root, 1);
        Assert.Null(Next());
        Assert.True(_peer.HoldsBack);
        _node.Hold(_root, 2);
        _now += FeedPeer.AnnouncePause;
        Assert.Equal(2, Assert.Single(Assert.IsType<HeadsFrame>(Next()).Heads).Seq);
        Assert.Null(Next());
        Assert.False(_peer.HoldsBack);
    }

    [Fact]
    public void The_head_of_a_lost_log_is_sent_because_the_peer_may_have_the_log()
    {
        _node.Hold(_root);
        Assert.Equal(Head(_root), Assert.Single(Assert.IsType<HeadsFrame>(Next()).Heads));
        _node.Lose(_root.Id);
        _now += Second;
        Assert.Equal(FeedHead.None(_root.Id), Assert.Single(Assert.IsType<HeadsFrame>(Next()).Heads));
        Tell(Head(_root));
        Assert.Equal(0, Want().After);
    }

    [Theory]
    [InlineData("its delegation did not count for a time, because the root's log forked before it")]
    [InlineData("it was lost for a time")]
    public void The_head_of_a_log_is_sent_again_after_an_answer_said_that_there_is_no_log(string why)
    {
        _node.Hold(_root);
        _node.Hold(_isp);
        _now += Second;
        Assert.Contains(Head(_isp), Assert.IsType<HeadsFrame>(Next()).Heads);

        var before = _node.Held;
        var without = why == "it was lost for a time"
            ? before with { ByAuthor = new Dictionary<string, AuthorLog> { [_root.Id] = before.Log(_root.Id) } }
            : before with { Delegates = new HashSet<string>() };
        Assert.Null(_peer.Receive(new LogWantFrame(_isp.Id, 0, false), without));
        Assert.Equal(FeedHead.None(_isp.Id), Assert.IsType<LinesFrame>(_peer.Next(without, _now)).End);

        _now += Second;
        Assert.Equal(Head(_isp), Assert.Single(Assert.IsType<HeadsFrame>(Next()).Heads));
        Assert.Null(Next());
    }

    [Fact]
    public void The_point_where_two_logs_diverge_is_searched_further_and_further_back()
    {
        for (var i = 0; i < 20; i++)
        {
            _root.Say(Enrol($"10.0.0.{i}/32"), 3);
        }

        _node.Hold(_root, 8);
        for (var i = 0; i < 20; i++)
        {
            _node.Say(_root.Key, Enrol($"10.0.1.{i}/32"), 3);
        }

        Tell(Head(_root));
        List<long> asked = [];
        for (var i = 0; i < 6; i++)
        {
            asked.Add(Want().After);
            Receive(Lines(_root, (int)asked[^1]));
        }

        Assert.Equal([22, 21, 20, 18, 14, 6], asked);
        _now += Second;
        Assert.IsType<HeadsFrame>(Next());
        Assert.Null(Next());
        Assert.Equal(15, _node.Held.Log(_root.Id).Forks.Count);
        Assert.Equal(9, _node.Held.Log(_root.Id).FirstFork);
    }

    [Fact]
    public void Lines_that_could_not_be_stored_are_requested_again_later()
    {
        Tell(Head(_root));
        Want();
        _peer.PutOff(_root.Id, _now + (30 * Second));
        Receive(Lines(_root, 0));
        Assert.Null(Next());
        _now += 31 * Second;
        Assert.Equal(0, Want().After);
    }

    [Fact]
    public void A_request_without_an_answer_times_out()
    {
        Tell(Head(_root));
        Want();
        Assert.False(_peer.IsOverdue(_now));
        Assert.True(_peer.IsOverdue(_now + FeedPeer.AnswerPatience + Second));
    }

    [Fact]
    public void Heads_of_unknown_authors_cause_no_request_and_a_bounded_number_is_kept()
    {
        using var stranger = new TestAuthor();
        stranger.Say(Enrol("203.0.113.0/24"), 1);
        Tell(Head(stranger));
        Assert.Null(Next());

        Tell([.. Enumerable.Range(0, FeedPeer.MaxHeads).Select(i => Head(stranger) with { Author = i.ToString("x40", null) })]);
        Tell(Head(_root));
        Assert.Null(Next());
    }

    [Theory]
    [InlineData("lines that were not asked for")]
    [InlineData("lines of another author")]
    [InlineData("lines after the end")]
    [InlineData("rubbish")]
    [InlineData("forged")]
    [InlineData("no key")]
    [InlineData("another key")]
    [InlineData("gap")]
    [InlineData("backwards")]
    [InlineData("empty")]
    [InlineData("two kinds")]
    [InlineData("forks not asked for")]
    [InlineData("end without lines")]
    [InlineData("end that is not the last")]
    [InlineData("end of another")]
    [InlineData("two questions")]
    public void A_peer_that_breaks_the_protocol_on_purpose_is_cut_off(string what)
    {
        var whole = Lines(_root, 0);
        var open = whole with { End = null };
        var forged = _root.Log[0].Line.ToArray();
        forged[^20] ^= 1;
        FeedFrame[] frames = what switch
        {
            "lines of another author" => [Lines(_isp, 0)],
            "lines after the end" => [whole, whole],
            "rubbish" => [open with { Lines = ["rubbish"u8.ToArray()] }],
            "forged" => [open with { Lines = [forged] }],
            "no key" => [whole with { Key = null }],
            "another key" => [whole with { Key = _isp.Key.Public.Text }],
            "gap" => [open with { Lines = [whole.Lines[0]] }, open with { Lines = [whole.Lines[2]] }],
            "backwards" => [open with { Lines = [whole.Lines[1], whole.Lines[0]] }],
            "empty" => [open with { Lines = [] }],
            "two kinds" => [open with { Forks = [whole.Lines[0]] }],
            "forks not asked for" => [open with { Lines = [], Forks = [whole.Lines[0]] }],
            "end without lines" => [whole with { Lines = [] }],
            "end that is not the last" => [whole with { End = whole.End! with { Seq = 9 } }],
            "end of another" => [whole with { End = Head(_isp) }],
            "two questions" => [new LogWantFrame(_root.Id, 0, false), new LogWantFrame(_root.Id, 0, false)],
            _ => [],
        };
        Next();
        if (frames.Length == 0)
        {
            Assert.NotNull(Receive(whole));
            return;
        }

        Tell(Head(_root));
        Want();
        Assert.All(frames[..^1], frame => Assert.Null(Receive(frame)));
        Assert.NotNull(Receive(frames[^1]));
    }

    [Fact]
    public void The_rest_of_an_answer_over_the_log_limit_is_skipped_and_the_author_is_not_asked_for_during_a_back_off()
    {
        _node.Hold(_root, 2);
        Tell(Head(_root) with { Seq = 9 });
        Want();
        var limit = 10_000;
        using var other = new TestAuthor();
        var foreign = Enumerable.Range(0, 100).Select(i => other.Say(Enrol($"10.0.0.{i}/32"), 1)).Count();
        var frame = new LinesFrame(_root.Id) { Lines = [.. other.Log.Skip(2).Select(signed => signed.Line)] };
        Assert.Equal(100, foreign);

        Assert.Null(_peer.Take(frame, _node.Held.Log(_root.Id), limit, _now).Fault);
        Assert.True(_peer.IsSkipping);
        var takes = Enumerable.Range(0, 1000).Select(_ => _peer.Take(frame, _node.Held.Log(_root.Id), limit, _now)).ToList();
        Assert.All(takes, take => Assert.Null(take.Fault));
        Assert.All(takes, take => Assert.Null(take.Change));
        Assert.Single(takes, take => take.IsOverrun);

        Assert.Null(Receive(new LinesFrame(_root.Id) { End = Head(_root) with { Seq = 9 } }));
        Assert.Null(Next());
        _now += FeedPeer.OverrunPause + Second;
        Want();
    }

    private static FeedHead Head(TestAuthor author, int statements = int.MaxValue) =>
        FeedHead.Of(new AuthorLog(author.Id, FeedNode.Reading(author.Key.Public, [.. author.Log.Take(statements)]), []));

    private static LinesFrame Lines(TestAuthor author, int after) =>
        new(author.Id) { Key = author.Key.Public.Text, Lines = [.. author.Log.Skip(after).Select(signed => signed.Line)], End = Head(author) };

    private FeedFrame? Next() => _peer.Next(_node.Held, _now);

    /// <summary>The next request. Heads frames may come before it.</summary>
    private LogWantFrame Want()
    {
        _now += Second;
        var frame = Next();
        return Assert.IsType<LogWantFrame>(frame is HeadsFrame ? Next() : frame);
    }

    private void Tell(params FeedHead[] heads)
    {
        if (Next() is { } frame)
        {
            Assert.IsType<HeadsFrame>(frame);
        }

        Receive(new HeadsFrame(heads));
    }

    private string? Receive(FeedFrame frame) => _node.Receive(_peer, frame, _now);
}
