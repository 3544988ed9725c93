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
    public void What_goes_on_is_taken_and_what_is_known_is_passed_over(int have, int from)
    {
        var merge = Merge(have, [.. Lines().Skip(Math.Min(from, have))]);

        Assert.Equal(3 - have, merge.Next.Count);
        Assert.Empty(merge.Forks);
        Assert.Null(merge.Fault);
    }

    [Fact]
    public void A_gap_is_refused_and_the_whole_log_asked_for()
    {
        var merge = Merge(1, Lines()[2..]);

        Assert.Empty(merge.Next);
        Assert.True(merge.Diverges);
        Assert.Contains("seq is 3 where 2 is due", merge.Fault?.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_branch_of_a_fork_is_kept_as_its_proof()
    {
        var second = Branch(2, _author.Log[0].Head);
        var third = Branch(3, second.Head);
        var merge = Merge(3, [_author.Log[0].Line, second.Line, third.Line]);

        Assert.Empty(merge.Next);
        Assert.Equal([second, third], merge.Forks);
        Assert.Empty(LogMerge.Of(_author.Key.Public, Reading(3), merge.Forks, [second.Line, third.Line]).Forks);
        Assert.True(Merge(3, [Branch(4, third.Head).Line]).Diverges);
    }

    [Fact]
    public void Forged_lines_are_refused_with_all_that_came_with_them()
    {
        using var other = new TestAuthor();
        var forged = SignedStatement.Sign(TestAuthor.Enrol("203.0.113.0/24"), other.Key, _author.Log[0].Head, TestAuthor.Start.AddMinutes(9));

        Assert.Equal("line 1: its signature is forged", Merge(3, [forged.Line]).Fault?.ToString());
        Assert.Equal("line 2: it is another author's", Merge(1, [_author.Log[0].Line, forged.Line]).Fault?.ToString());
        Assert.NotNull(Merge(1, ["rubbish"u8.ToArray()]).Fault);
    }

    [Fact]
    public void An_author_that_forks_on_purpose_does_not_fill_the_disk()
    {
        var branches = Enumerable.Range(0, LogMerge.MaxForks + 50).Select(i => Branch(2, _author.Log[0].Head, i).Line).ToList();
        Assert.Equal(LogMerge.MaxForks, Merge(3, branches).Forks.Count);
    }

    private LogMerge Merge(int have, IReadOnlyList<ReadOnlyMemory<byte>> lines) => LogMerge.Of(_author.Key.Public, Reading(have), [], lines);

    private LogReading Reading(int statements) =>
        LogReader.Read(TestAuthor.Join([LogHeader.Line(_author.Key.Public), .. Lines().Take(statements).Select(line => line.ToArray())]));

    private ReadOnlyMemory<byte>[] Lines() => [.. _author.Log.Select(signed => signed.Line)];

    private SignedStatement Branch(int seq, LogHead after, int minute = 9)
    {
        Assert.Equal(seq, after.Seq + 1);
        return SignedStatement.Sign(TestAuthor.Enrol("203.0.113.0/24", minute + 100_000), _author.Key, after, TestAuthor.Start.AddMinutes(minute));
    }
}
