using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.TrustList.Tests.Logs;

public sealed class LogMergeTests : IDisposable
{
    private readonly TestAuthor _author = new();

    public LogMergeTests()
    {
        _author.Say(TestAuthor.Enrol("192.0.2.0/24"), 0);
        _author.Say(TestAuthor.Enrol("198.51.100.0/24"), 1);
        _author.Say(TestAuthor.Revoke("192.0.2.0/24"), 2);
    }

    public void Dispose() => _author.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 3)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(3, 3)]
    public void Lines_that_continue_the_log_are_added_and_known_ones_are_skipped(int have, int from)
    {
        var merge = Merge(have, [.. _author.Log.Skip(Math.Min(from, have))]);

        Assert.Equal(3 - have, merge.Next.Count);
        Assert.Empty(merge.Forks);
        Assert.Null(merge.Fault);
    }

    [Fact]
    public void Lines_that_do_not_continue_the_log_are_refused()
    {
        Assert.Equal("line 1: its seq is 3 where 2 is due", Merge(1, [_author.Log[2]]).Fault?.ToString());
        Assert.Equal("line 1: it does not follow the line before: the previous hash is another", Merge(2, [Branch(3, _author.Log[0].Head with { Seq = 2 })]).Fault?.ToString());
    }

    [Fact]
    public void The_other_branch_of_a_fork_is_kept_as_its_proof()
    {
        var second = Branch(2, _author.Log[0].Head);
        var third = Branch(3, second.Head);
        var fourth = Branch(4, third.Head);
        var merge = Merge(3, [_author.Log[0], second, third]);

        Assert.True(merge.Apart);
        Assert.Empty(merge.Next);
        Assert.Equal([second, third], merge.Forks);

        // Known lines still prove that the lines after them are not part of the log.
        var forked = new AuthorLog(_author.Id, Reading(3), merge.Forks);
        Assert.Equal([fourth], LogMerge.Chain(_author.Key.Public, forked, [second, third, fourth], apart: false, LogLimits.RootLog).Forks);
        Assert.Equal([fourth], LogMerge.Chain(_author.Key.Public, forked, [fourth], apart: true, LogLimits.RootLog).Forks);
        Assert.Empty(LogMerge.Loose(_author.Key.Public, forked, [second, third]).Forks);
        Assert.Equal(2, forked.FirstFork);
    }

    [Fact]
    public void Lines_that_contradict_nothing_do_not_prove_a_fork()
    {
        var second = Branch(2, _author.Log[0].Head);
        Assert.Empty(LogMerge.Loose(_author.Key.Public, Held(1), [second]).Forks);
        Assert.Equal([second], LogMerge.Loose(_author.Key.Public, Held(2), [second]).Forks);
    }

    [Fact]
    public void Forged_lines_are_refused_with_all_that_came_with_them()
    {
        using var other = new TestAuthor();
        var forged = SignedStatement.Sign(TestAuthor.Enrol("203.0.113.0/24"), other.Key, _author.Log[0].Head, TestAuthor.Start.AddMinutes(9));

        Assert.Equal("line 1: its signature is forged", Merge(3, [forged]).Fault?.ToString());
        Assert.Equal("line 2: it is another author's", Merge(1, [_author.Log[0], forged]).Fault?.ToString());
        Assert.Equal("line 1: its signature is forged", LogMerge.Loose(_author.Key.Public, Held(3), [forged]).Fault?.ToString());
    }

    [Fact]
    public void A_bad_signature_is_found_under_a_good_one_that_covers_it()
    {
        // An author can sign so. If nodes accepted it, the outcome would depend on where a message ends.
        var line = Branch(2, _author.Log[0].Head).Line.ToArray();
        line[^20] ^= 1;
        Assert.True(SignedStatement.TryParse(line, out var rotten, out _));
        var over = Branch(3, rotten.Head);

        Assert.Equal("line 1: its signature is forged", Merge(1, [rotten, over]).Fault?.ToString());
    }

    [Fact]
    public void An_author_that_forks_on_purpose_does_not_fill_the_disk_and_is_frozen_from_its_first_fork_on()
    {
        var branches = Enumerable.Range(0, LogLimits.Forks + 50).Select(i => Branch(3, _author.Log[1].Head, i + 2)).ToList();
        var forks = LogMerge.Loose(_author.Key.Public, Held(3), branches).Forks;
        Assert.Equal(LogLimits.Forks, forks.Count);

        var full = new AuthorLog(_author.Id, Reading(3), forks);
        var earlier = Branch(2, _author.Log[0].Head);
        Assert.Equal([earlier], LogMerge.Loose(_author.Key.Public, full, [branches[^1], earlier]).Forks);

        // If every line that moves the fork forward were kept, an author that writes a fork for each place, the last one first, would fill the disk.
        var first = Branch(1, default);
        var moved = new AuthorLog(_author.Id, Reading(3), [.. full.Forks, earlier, first]);
        Assert.Equal(LogLimits.Forks + 1, moved.Forks.Count);
        Assert.Equal(1, moved.FirstFork);
        Assert.DoesNotContain(earlier, moved.Forks);
    }

    [Fact]
    public void Denials_replace_other_contradicting_lines_and_are_not_evicted()
    {
        var others = Enumerable.Range(0, LogLimits.Forks).Select(i => Branch(3, _author.Log[1].Head, i + 2)).ToList();
        var denials = Enumerable.Range(0, LogLimits.Forks + 1).Select(i => SignedStatement.Sign(
            TestAuthor.Revoke("203.0.113.0/24"), _author.Key, _author.Log[1].Head, TestAuthor.Start.AddMinutes(i + 2))).ToList();
        var full = new AuthorLog(_author.Id, Reading(3), others);

        Assert.Equal([denials[0]], LogMerge.Loose(_author.Key.Public, full, [denials[0]]).Forks);
        Assert.Equal([.. others.SkipLast(1), denials[0]], new AuthorLog(_author.Id, Reading(3), [.. others, denials[0]]).Forks);
        var denied = new AuthorLog(_author.Id, Reading(3), [.. others, .. denials, Branch(2, _author.Log[0].Head)]);
        Assert.Equal(denials.SkipLast(1), denied.Forks.Where(fork => fork.Statement.IsDenial));
        Assert.Equal(2, denied.FirstFork);
        Assert.Equal(LogLimits.Forks + 1, denied.Forks.Count);
    }

    [Fact]
    public void A_log_at_its_limit_takes_no_more()
    {
        var room = Held(1).Size + 4097;
        var merge = LogMerge.Chain(_author.Key.Public, Held(1), [.. _author.Log.Skip(1)], apart: false, room);
        Assert.True(merge.IsFull);
        Assert.Single(merge.Next);
        Assert.True(AuthorLog.IsFull(Held(2).Size, room));
        Assert.False(AuthorLog.IsFull(Held(1).Size, room));
    }

    private LogMerge Merge(int have, IReadOnlyList<SignedStatement> lines) =>
        LogMerge.Chain(_author.Key.Public, Held(have), lines, apart: false, LogLimits.RootLog);

    private AuthorLog Held(int statements) => new(_author.Id, Reading(statements), []);

    private LogReading Reading(int statements) =>
        LogReader.Read(TestAuthor.Join([LogHeader.Line(_author.Key.Public), .. _author.Log.Take(statements).Select(signed => signed.Line.ToArray())]));

    private SignedStatement Branch(int seq, LogHead after, int minute = 9)
    {
        Assert.Equal(seq, after.Seq + 1);
        return SignedStatement.Sign(TestAuthor.Enrol("203.0.113.0/24", minute + 100_000), _author.Key, after, TestAuthor.Start.AddMinutes(minute));
    }
}
