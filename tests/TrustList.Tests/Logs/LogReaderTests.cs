using System.Text;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Tests.Logs;

public sealed class LogReaderTests : IDisposable
{
    private readonly TestAuthor _author = new();

    public LogReaderTests()
    {
        _author.Say(TestAuthor.Enrol("192.0.2.0/24"), 0);
        _author.Say(TestAuthor.Enrol("lists.example.org"), 1);
        _author.Say(TestAuthor.Suspend("192.0.2.0/24"), 2);
        _author.Say(TestAuthor.Renew("192.0.2.0/24"), 3);
        _author.Say(TestAuthor.Revoke("lists.example.org"), 4);
    }

    public void Dispose() => _author.Dispose();

    [Fact]
    public void A_sound_log_gives_every_statement_back()
    {
        var reading = LogReader.Read(_author.ToBytes());

        Assert.Equal(_author.Id, reading.Key?.Id);
        Assert.Equal(_author.Log.Select(signed => signed.Statement), reading.Statements.Select(signed => signed.Statement));
        Assert.Equal(_author.Head, reading.Head);
        Assert.Equal(_author.ToBytes().Length, reading.SoundLength);
        Assert.Empty(reading.Faults);
        Assert.Null(reading.Torn);
    }

    [Fact]
    public void The_golden_log_file_reads_as_in_earlier_versions()
    {
        var reading = LogReader.Read(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "author.trustlog")));

        Assert.Empty(reading.Faults);
        Assert.Equal("3b10c2f33f92ca1a1c65380a6208516e03a60260", reading.Key?.Id);
        Assert.Equal(
            [
                (TrustAction.Enrol, "192.0.2.10/32"), (TrustAction.Enrol, "lists.example.org"), (TrustAction.Delegate, "2001:db8::/32"),
                (TrustAction.Suspend, "192.0.2.10/32"), (TrustAction.Renew, "192.0.2.10/32"), (TrustAction.Revoke, "lists.example.org"),
            ],
            reading.Statements.Select(signed => (signed.Statement.Action, signed.Statement.Subject.ToString())));
        Assert.All(reading.Statements, signed => Assert.Equal(
            TestAuthor.Text(signed.Line).Split(" sig=")[0], Encoding.UTF8.GetString(StatementText.Body(signed.Statement))));
    }

    [Fact]
    public void Every_single_bit_change_is_found()
    {
        // Three lines are enough: a head, one in the middle, one at the end.
        var log = TestAuthor.Join(Lines()[..3]);
        for (var bit = 0; bit < 8 * log.Length; bit++)
        {
            log[bit / 8] ^= (byte)(1 << (bit % 8));
            var reading = LogReader.Read(log);
            Assert.True(reading.Faults.Count > 0 || reading.Torn is not null, $"octet {bit / 8}, bit {bit % 8}");
            Assert.True(reading.SoundLength <= bit / 8, $"octet {bit / 8}, bit {bit % 8} is within what is called sound");
            log[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_forged_line_is_named_with_its_number()
    {
        var lines = Lines();
        lines[2] = Encoding.UTF8.GetBytes(TestAuthor.Text(lines[2]).Replace("lists.example.org", "lists.example.com", StringComparison.Ordinal));
        var reading = LogReader.Read(TestAuthor.Join(lines));

        var fault = Assert.Single(reading.Faults);
        Assert.Equal("line 3: its signature is forged", fault.ToString());
        Assert.Single(reading.Statements);
        Assert.Equal(lines[0].Length + lines[1].Length + 2, reading.SoundLength);
        Assert.Equal(reading.SoundLength, fault.Offset);
    }

    [Fact]
    public void Denials_after_damage_still_count_and_trust_does_not()
    {
        var lines = Lines();
        lines[1][^1] ^= 1;
        var reading = LogReader.Read(TestAuthor.Join(lines));

        Assert.Empty(reading.Statements);
        Assert.Equal(4, reading.Unchained.Count);
        Assert.Equal([TrustAction.Suspend, TrustAction.Revoke], reading.Counting.Select(statement => statement.Action));
    }

    [Fact]
    public void Lines_left_out_doubled_and_moved_are_found()
    {
        var lines = Lines();
        Assert.Contains("seq is 3 where 2 is due", Assert.Single(Read([lines[0], lines[1], lines[3]]).Faults).ToString(), StringComparison.Ordinal);
        Assert.Contains("seq is 1 where 2 is due", Assert.Single(Read([lines[0], lines[1], lines[1]]).Faults).ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(Read([lines[0], lines[2], lines[1]]).Faults);
        Assert.NotEmpty(Read([lines[1], lines[0]]).Faults);
        Assert.NotEmpty(Read([lines[0], []]).Faults);
    }

    [Fact]
    public void Another_branch_of_the_log_does_not_follow()
    {
        var lines = Lines();
        var branch = SignedStatement.Sign(TestAuthor.Enrol("203.0.113.0/24"), _author.Key, new LogHead(2, default, TestAuthor.Start), TestAuthor.Start.AddMinutes(9));
        var reading = Read([lines[0], lines[1], lines[2], branch.Line.ToArray()]);

        Assert.Equal("line 4: it does not follow the line before: the previous hash is another", Assert.Single(reading.Faults).ToString());
        Assert.Equal(2, reading.Statements.Count);
    }

    [Fact]
    public void A_statement_dated_before_the_one_before_is_found()
    {
        var early = SignedStatement.Sign(TestAuthor.Enrol("203.0.113.0/24"), _author.Key, _author.Head with { Issued = default }, TestAuthor.Start);
        var reading = Read([.. Lines(), early.Line.ToArray()]);

        Assert.Equal("line 7: it was issued before the line before", Assert.Single(reading.Faults).ToString());
    }

    [Fact]
    public void Another_authors_line_is_found()
    {
        using var other = new TestAuthor();
        other.Say(TestAuthor.Enrol("203.0.113.0/24"), 0);
        var foreign = SignedStatement.Sign(TestAuthor.Enrol("203.0.113.0/24"), other.Key, _author.Head, TestAuthor.Start.AddMinutes(9));

        Assert.NotEmpty(Read([.. Lines(), foreign.Line.ToArray()]).Faults);
        Assert.NotEmpty(Read([LogHeader.Line(other.Key.Public), .. Lines().Skip(1)]).Faults);
    }

    [Fact]
    public void A_write_cut_off_anywhere_in_the_last_line_is_torn_and_loses_nothing_before_it()
    {
        var log = _author.ToBytes();
        var last = _author.Log[^1].Line.Length + 1;
        for (var cut = 1; cut < last; cut++)
        {
            var reading = LogReader.Read(log.AsMemory(0, log.Length - cut));

            Assert.NotNull(reading.Torn);
            Assert.Equal(6, reading.Torn.Line);
            Assert.Equal(log.Length - last, reading.Torn.Offset);
            Assert.Equal(4, reading.Statements.Count);
            Assert.Empty(reading.Faults);
            Assert.Equal(log.Length - last, reading.SoundLength);
        }
    }

    [Fact]
    public void An_empty_file_an_empty_log_and_a_cut_head_are_told_apart()
    {
        var head = TestAuthor.Join([LogHeader.Line(_author.Key.Public)]);

        Assert.Null(LogReader.Read(default).Torn);
        Assert.Empty(LogReader.Read(head).Faults);
        Assert.Equal(_author.Id, LogReader.Read(head).Key?.Id);
        Assert.NotNull(LogReader.Read(head.AsMemory(0, head.Length - 1)).Torn);
    }

    [Fact]
    public void Lines_from_a_peer_are_accepted_all_or_none()
    {
        var lines = _author.Log.Select(signed => signed.Line).ToList();
        var head = _author.Log[1].Head;

        Assert.Equal(3, LogReader.ReadNext(_author.Key.Public, head, lines[2..], out var fault)?.Count);
        Assert.Null(fault);
        Assert.Null(LogReader.ReadNext(_author.Key.Public, head, lines[3..], out fault));
        Assert.Contains("seq is 4 where 3 is due", fault?.Problem, StringComparison.Ordinal);

        var forged = lines[^1].ToArray();
        forged[^5] = forged[^5] == (byte)'A' ? (byte)'B' : (byte)'A';
        Assert.Null(LogReader.ReadNext(_author.Key.Public, head, [lines[2], lines[3], forged], out fault));
        Assert.Equal("line 3: its signature is forged", fault?.ToString());
    }

    [Fact]
    public void A_draft_with_a_wrong_field_is_not_signed()
    {
        var exception = Assert.Throws<ArgumentException>(() => _author.Say(TestAuthor.Enrol("192.0.2.0/24") with { Contact = "" }, 9));
        Assert.Contains("enrol needs contact", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clock_that_went_back_does_not_break_the_log()
    {
        _author.Say(TestAuthor.Enrol("203.0.113.0/24"), -60);

        Assert.Empty(LogReader.Read(_author.ToBytes()).Faults);
    }

    [Fact]
    public void Appended_lines_are_read_without_reading_the_earlier_ones_again()
    {
        var log = _author.ToBytes();
        var before = LogReader.Read(log.AsMemory(0, log.Length - _author.Log[^1].Line.Length - 1));
        var after = LogReader.ReadOn(before, log.AsMemory((int)before.SoundLength));

        Assert.Equal(LogReader.Read(log).Statements, after?.Statements, (a, b) => a.Statement == b.Statement);
        Assert.All(before.Statements.Zip(after!.Statements), pair => Assert.Same(pair.First, pair.Second));
        Assert.Equal(log.Length, after.SoundLength);
        Assert.Equal(LogHeader.Length, LogHeader.Line(_author.Key.Public).Length + 1);
    }

    [Fact]
    public void Appended_lines_are_verified_and_a_torn_end_is_reported()
    {
        var log = _author.ToBytes();
        var before = LogReader.Read(log.AsMemory(0, log.Length - _author.Log[^1].Line.Length - 1));
        var added = log.AsMemory((int)before.SoundLength);

        Assert.Equal(LogReader.Read(log.AsMemory(0, log.Length - 5)).Torn, LogReader.ReadOn(before, added[..^5])?.Torn);
        Assert.Null(LogReader.ReadOn(before, "rubbish\n"u8.ToArray()));
        added.Span[60] ^= 1;
        Assert.Null(LogReader.ReadOn(before, added));
    }

    private static LogReading Read(IEnumerable<byte[]> lines) => LogReader.Read(TestAuthor.Join(lines));

    private List<byte[]> Lines() => [LogHeader.Line(_author.Key.Public), .. _author.Log.Select(signed => signed.Line.ToArray())];
}
