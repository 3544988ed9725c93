using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Tests.Trust;

public sealed class TrustStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();
    private readonly SigningKey _key = SigningKey.Create();
    private readonly TrustStore _store;

    public TrustStoreTests() => _store = new TrustStore(Path.Combine(_folder.Path, "trust"));

    private string LogPath => _store.LogPath(_key.Public.Id);

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void What_was_appended_is_read_back_by_another_store()
    {
        Append("192.0.2.0/24");
        Append("198.51.100.0/24");

        var other = new TrustStore(_store.Folder);
        Assert.Equal([_key.Public.Id], other.Authors);
        Assert.Equal(["192.0.2.0/24", "198.51.100.0/24"], Subjects(other.Read(_key.Public.Id)));
    }

    [Fact]
    public void A_torn_line_is_put_aside_and_the_log_goes_on()
    {
        Append("192.0.2.0/24");
        Append("198.51.100.0/24");
        var whole = File.ReadAllBytes(LogPath);
        File.WriteAllBytes(LogPath, whole[..^20]);

        Append("203.0.113.0/24");

        var reading = _store.Read(_key.Public.Id);
        Assert.Empty(reading.Faults);
        Assert.Null(reading.Torn);
        Assert.Equal(["192.0.2.0/24", "203.0.113.0/24"], Subjects(reading));
        Assert.Contains("198.51.100.0/24", File.ReadAllText(Path.ChangeExtension(LogPath, ".torn")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("trustlog1 author=")]
    public void A_log_without_its_head_gets_one(string rest)
    {
        Directory.CreateDirectory(_store.Folder);
        File.WriteAllText(LogPath, rest);

        Append("192.0.2.0/24");
        Assert.Equal(["192.0.2.0/24"], Subjects(_store.Read(_key.Public.Id)));
    }

    [Fact]
    public void Nothing_is_appended_to_a_damaged_log()
    {
        Append("192.0.2.0/24");
        Append("198.51.100.0/24");
        var text = File.ReadAllText(LogPath).Replace("198.51.100.0", "198.51.101.0", StringComparison.Ordinal);
        File.WriteAllText(LogPath, text);

        var exception = Assert.Throws<IOException>(() => Append("203.0.113.0/24"));
        Assert.Contains("line 3: its signature is forged", exception.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(LogPath));
    }

    [Fact]
    public void Statements_that_do_not_follow_are_not_written()
    {
        Append("192.0.2.0/24");
        var before = File.ReadAllText(LogPath);

        Assert.Throws<IOException>(() => _store.Append(_key.Public, [Sign("203.0.113.0/24", default)]));
        Assert.Equal(before, File.ReadAllText(LogPath));
    }

    [Fact]
    public void Two_processes_do_not_write_at_once()
    {
        Append("192.0.2.0/24");
        using (new FileStream(Path.Combine(_store.Folder, "write.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Contains("another process", Assert.Throws<IOException>(() => Append("203.0.113.0/24")).Message, StringComparison.Ordinal);
        }

        Append("203.0.113.0/24");
    }

    [Fact]
    public void A_log_under_another_authors_name_is_found()
    {
        Append("192.0.2.0/24");
        var other = new string('a', AuthorKey.IdLength);
        File.Copy(LogPath, _store.LogPath(other));

        Assert.Equal($"line 1: it is the log of {_key.Public.Id}", Assert.Single(_store.Read(other).Faults).ToString());
    }

    [Fact]
    public void The_other_branch_of_a_fork_freezes_the_author()
    {
        Append("192.0.2.0/24");
        Append("198.51.100.0/24");
        _store.AppendForks(_key.Public, [Sign("203.0.113.0/24", _store.Read(_key.Public.Id).Statements[0].Head)]);

        var state = TrustState.Load(_store, [_key.Public.Id], Now.AddHours(1));
        Assert.Equal(2, Assert.Single(state.List.Forks).Seq);
        Assert.Equal(["192.0.2.0/24"], state.List.Rows.Select(row => row.Subject.ToString()));
    }

    [Fact]
    public void The_stamp_changes_with_every_statement()
    {
        var empty = _store.Stamp();
        Append("192.0.2.0/24");
        var one = _store.Stamp();
        Append("198.51.100.0/24");

        Assert.Equal(3, new[] { empty, one, _store.Stamp() }.Distinct().Count());
        Assert.Equal(_store.Stamp(), _store.Stamp());
    }

    private static IEnumerable<string> Subjects(LogReading reading) => reading.Statements.Select(signed => signed.Statement.Subject.ToString());

    private void Append(string subject) => _store.Append(_key.Public, [Sign(subject, _store.Read(_key.Public.Id).Head)]);

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
}
