using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Tests.Trust;

public sealed class TrustStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly SigningKey _key = SigningKey.Create();
    private readonly TrustStore _store;

    public TrustStoreTests() => _store = NewStore();

    private TrustStore NewStore() => new(Path.Combine(_folder.Path, "trust"), _clock);

    private string LogPath => _store.LogPath(_key.Public.Id);

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Another_store_reads_the_appended_statements()
    {
        await AppendAsync("192.0.2.0/24");
        await AppendAsync("198.51.100.0/24");

        var other = NewStore();
        Assert.Equal([_key.Public.Id], other.Authors);
        Assert.Equal(["192.0.2.0/24", "198.51.100.0/24"], Subjects(other.Read(_key.Public.Id)));
    }

    [Fact]
    public async Task A_torn_line_is_moved_to_another_file_and_the_log_goes_on()
    {
        await AppendAsync("192.0.2.0/24");
        await AppendAsync("198.51.100.0/24");
        var whole = File.ReadAllBytes(LogPath);
        File.WriteAllBytes(LogPath, whole[..^20]);

        await AppendAsync("203.0.113.0/24");

        var reading = _store.Read(_key.Public.Id);
        Assert.Empty(reading.Faults);
        Assert.Null(reading.Torn);
        Assert.Equal(["192.0.2.0/24", "203.0.113.0/24"], Subjects(reading));
        Assert.Contains("198.51.100.0/24", File.ReadAllText(Path.ChangeExtension(LogPath, ".torn")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("trustlog1 author=")]
    public async Task A_log_without_its_head_gets_one(string rest)
    {
        Directory.CreateDirectory(_store.Folder);
        File.WriteAllText(LogPath, rest);

        await AppendAsync("192.0.2.0/24");
        Assert.Equal(["192.0.2.0/24"], Subjects(_store.Read(_key.Public.Id)));
    }

    [Fact]
    public async Task Nothing_is_appended_to_a_damaged_log()
    {
        await AppendAsync("192.0.2.0/24");
        await AppendAsync("198.51.100.0/24");
        var text = File.ReadAllText(LogPath).Replace("198.51.100.0", "198.51.101.0", StringComparison.Ordinal);
        File.WriteAllText(LogPath, text);

        var exception = await Assert.ThrowsAsync<IOException>(() => AppendAsync("203.0.113.0/24"));
        Assert.Contains("line 3: its signature is forged", exception.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(LogPath));
    }

    [Fact]
    public async Task Statements_that_do_not_follow_are_not_written()
    {
        await AppendAsync("192.0.2.0/24");
        var before = File.ReadAllText(LogPath);

        await Assert.ThrowsAsync<IOException>(() => _store.AppendAsync(_key.Public, [Sign("203.0.113.0/24", default)]));
        Assert.Equal(before, File.ReadAllText(LogPath));
    }

    [Fact]
    public async Task A_store_waits_a_bounded_time_for_another_writer()
    {
        await AppendAsync("192.0.2.0/24");
        Task appending;
        using (new FileStream(Path.Combine(_store.Folder, "write.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            var failing = AppendAsync("203.0.113.0/24");
            while (!failing.IsCompleted)
            {
                await Task.WhenAny(failing, _clock.UntilWaitingAsync());
                _clock.Advance(TimeSpan.FromMilliseconds(500));
            }

            Assert.Contains("another process", (await Assert.ThrowsAsync<IOException>(() => failing)).Message, StringComparison.Ordinal);
            appending = AppendAsync("198.51.100.0/24");
            await _clock.UntilWaitingAsync();
        }

        _clock.Advance(TimeSpan.FromMilliseconds(500));
        await appending;
        Assert.Equal(["192.0.2.0/24", "198.51.100.0/24"], Subjects(_store.Read(_key.Public.Id)));
    }

    [Fact]
    public async Task When_a_log_grows_only_its_new_part_is_read()
    {
        await AppendAsync("192.0.2.0/24");
        var before = _store.Read(_key.Public.Id);
        await NewStore().AppendAsync(_key.Public, [Sign("198.51.100.0/24", before.Head)]);
        var after = _store.Read(_key.Public.Id);

        Assert.Equal(2, after.Statements.Count);
        Assert.Same(before.Statements[0], after.Statements[0]);
        Assert.Same(after, _store.Read(_key.Public.Id));
    }

    [Fact]
    public async Task The_store_does_not_read_its_own_lines_and_reads_those_of_other_processes_once()
    {
        for (var i = 0; i < 40; i++)
        {
            await AppendAsync($"10.0.0.{i}/32");
            if (i is 10 or 20)
            {
                await _store.UpdateAsync(_key.Public.Id, have => new LogChange(_key.Public, [], [Sign($"10.0.1.{i}/32", have.Log.Statements[i - 1].Head)]));
            }
        }

        var other = NewStore();
        var (own, read) = (_store.ReadAll()[_key.Public.Id].Log, other.ReadAll()[_key.Public.Id].Log);
        Assert.Equal(read.Log.Statements.Select(signed => signed.Head), own.Log.Statements.Select(signed => signed.Head));
        Assert.Equal((read.Head, read.Size, read.ForksHash, 2), (own.Head, own.Size, own.ForksHash, own.Forks.Count));
        using (SpoilUnseen(LogPath))
        {
            Assert.Equal(40, _store.Read(_key.Public.Id).Statements.Count);
        }

        await other.AppendAsync(_key.Public, [Sign("203.0.113.0/24", read.Head)]);
        Assert.Equal(41, _store.Read(_key.Public.Id).Statements.Count);
        using (SpoilUnseen(LogPath))
        {
            Assert.Equal(41, _store.Read(_key.Public.Id).Statements.Count);
            Assert.Empty(NewStore().Read(_key.Public.Id).Statements);
        }
    }

    [Fact]
    public async Task The_file_of_contradicting_lines_has_at_most_twice_the_lines_that_are_kept()
    {
        await AppendAsync("192.0.2.0/24");
        for (var i = 0; i < 5; i++)
        {
            await _store.UpdateAsync(_key.Public.Id, _ => new LogChange(
                _key.Public, [], [.. Enumerable.Range(0, LogLimits.Forks / 2).Select(j => Sign($"10.{i}.{j / 256}.{j % 256}/32", default))]));
            Assert.InRange((await File.ReadAllLinesAsync(_store.ForksPath(_key.Public.Id))).Length, 1, 2 * (LogLimits.Forks + 1));
        }

        var read = NewStore().ReadAll()[_key.Public.Id];
        Assert.Equal(LogLimits.Forks, read.Forks!.Unchained.Count);
        using (SpoilUnseen(_store.ForksPath(_key.Public.Id)))
        {
            Assert.Equal(read.Log.ForksHash, _store.ReadAll()[_key.Public.Id].Log.ForksHash);
        }
    }

    [Fact]
    public async Task A_torn_line_among_the_contradicting_ones_does_not_spoil_the_next()
    {
        await AppendAsync("192.0.2.0/24");
        await _store.UpdateAsync(_key.Public.Id, _ => new LogChange(_key.Public, [], [Sign("198.51.100.0/24", default)]));
        await File.AppendAllTextAsync(_store.ForksPath(_key.Public.Id), "trust1 author=");
        await _store.UpdateAsync(_key.Public.Id, _ => new LogChange(_key.Public, [], [Sign("203.0.113.0/24", default)]));

        var forks = NewStore().ReadAll()[_key.Public.Id].Forks!;
        Assert.Empty(forks.Faults);
        Assert.Null(forks.Torn);
        Assert.Equal(["198.51.100.0/24", "203.0.113.0/24"], forks.Unchained.Select(signed => signed.Statement.Subject.ToString()));
    }

    [Theory]
    [InlineData("shorter")]
    [InlineData("changed")]
    [InlineData("another")]
    [InlineData("gone")]
    public async Task A_log_that_changed_in_a_part_already_read_is_read_again(string how)
    {
        await AppendAsync("192.0.2.0/24");
        var one = await File.ReadAllBytesAsync(LogPath);
        await AppendAsync("198.51.100.0/24");
        var text = await File.ReadAllTextAsync(LogPath);
        Assert.Equal(2, _store.Read(_key.Public.Id).Statements.Count);

        switch (how)
        {
            case "shorter":
                await File.WriteAllBytesAsync(LogPath, one);
                break;
            case "changed":
                await File.WriteAllTextAsync(LogPath, text.Replace("192.0.2.0", "192.0.3.0", StringComparison.Ordinal) + text.Split('\n')[1] + "\n");
                break;
            case "another":
                await File.WriteAllBytesAsync(LogPath, [.. one, .. Sign("203.0.113.0/24", NewStore().Read(_key.Public.Id).Statements[0].Head).Line.Span, (byte)'\n']);
                break;
            default:
                File.Delete(LogPath);
                break;
        }

        Assert.Equal(
            how switch { "shorter" => ["192.0.2.0/24"], "another" => ["192.0.2.0/24", "203.0.113.0/24"], _ => [] },
            Subjects(_store.Read(_key.Public.Id)));
        Assert.Equal(how == "changed", _store.Read(_key.Public.Id).Faults.Count > 0);
    }

    [Fact]
    public async Task A_log_under_another_authors_name_is_found()
    {
        await AppendAsync("192.0.2.0/24");
        var other = new string('a', AuthorKey.IdLength);
        File.Copy(LogPath, _store.LogPath(other));

        Assert.Equal($"line 1: it is the log of {_key.Public.Id}", Assert.Single(_store.Read(other).Faults).ToString());
    }

    [Fact]
    public async Task The_other_branch_of_a_fork_freezes_the_author()
    {
        await AppendAsync("192.0.2.0/24");
        await AppendAsync("198.51.100.0/24");
        await _store.UpdateAsync(_key.Public.Id, have => new LogChange(_key.Public, [], [Sign("203.0.113.0/24", have.Log.Statements[0].Head)]));

        var state = TrustState.Load(_store, [_key.Public.Id], Now.AddHours(1));
        Assert.Equal(2, Assert.Single(state.List.Forks).Seq);
        Assert.Equal(["192.0.2.0/24"], state.List.Rows.Select(row => row.Subject.ToString()));
    }

    [Fact]
    public async Task The_stamp_changes_with_every_statement()
    {
        var empty = _store.Stamp();
        await AppendAsync("192.0.2.0/24");
        var one = _store.Stamp();
        await AppendAsync("198.51.100.0/24");

        Assert.Equal(3, new[] { empty, one, _store.Stamp() }.Distinct().Count());
        Assert.Equal(_store.Stamp(), _store.Stamp());
    }

    private static IEnumerable<string> Subjects(LogReading reading) => reading.Statements.Select(signed => signed.Statement.Subject.ToString());

    private Task AppendAsync(string subject) => _store.AppendAsync(_key.Public, [Sign(subject, _store.Read(_key.Public.Id).Head)]);

    private SignedStatement Sign(string subject, LogHead head)
    {
        Assert.True(TrustSubject.TryParse(subject, out var parsed, out _));
        return SignedStatement.Sign(
            new Statement
            {
                Action = TrustAction.Enrol,
                Subject = parsed,
                Kind = TrustList.TrustKind.ListHost,
                Organisation = "Example e.V.",
                Contact = "postmaster@example.org",
                Expires = Now.AddYears(1),
            },
            _key,
            head,
            Now);
    }

    /// <summary>Overwrites a file's content, and keeps its length and time, so that only reading the content shows the change. Restores the content when disposed.</summary>
    private static Spoiled SpoilUnseen(string path) => new(path);

    private sealed class Spoiled : IDisposable
    {
        private readonly string _path;
        private readonly byte[] _content;
        private readonly DateTime _time;

        public Spoiled(string path)
        {
            (_path, _content, _time) = (path, File.ReadAllBytes(path), File.GetLastWriteTimeUtc(path));
            Write(new byte[_content.Length]);
        }

        public void Dispose() => Write(_content);

        private void Write(byte[] content)
        {
            File.WriteAllBytes(_path, content);
            File.SetLastWriteTimeUtc(_path, _time);
        }
    }
}
