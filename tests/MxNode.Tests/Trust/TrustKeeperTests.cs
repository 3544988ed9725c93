using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Tests.Trust;

public sealed class TrustKeeperTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TemporaryFolder _folder = new();
    private readonly SigningKey _key = SigningKey.Create();
    private readonly FakeTimeProvider _clock = new();
    private readonly FakeDns _dns = new();
    private readonly ServiceProvider _services;

    public TrustKeeperTests() => _services = new ServiceCollection()
        .AddLogging()
        .AddSingleton<TimeProvider>(_clock)
        .AddSingleton<IDnsResolver>(_dns)
        .AddTrust(
            new TrustOptions { Roots = [_key.Public.Id], Entries = ["203.0.113.7"], Exports = new Dictionary<string, string> { ["text"] = ExportPath } },
            _folder.Path)
        .BuildServiceProvider();

    private string ExportPath => Path.Combine(_folder.Path, "trusted.txt");

    private TrustBook Book => _services.GetRequiredService<TrustBook>();

    private TrustKeeper Keeper => (TrustKeeper)_services.GetServices<IHostedService>().Single();

    private TrustStore Store => _services.GetRequiredService<TrustStore>();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Keeper.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_list_is_in_force_and_exported_when_the_start_is_over()
    {
        await SayAsync(Enrol("192.0.2.0/24"));
        await Keeper.StartAsync(CancellationToken.None);

        Assert.True(IsTrusted("192.0.2.1"));
        Assert.True(IsTrusted("203.0.113.7"));
        Assert.Equal("192.0.2.0/24\n203.0.113.7/32\n", await File.ReadAllTextAsync(ExportPath));
    }

    [Fact]
    public async Task A_revocation_is_in_force_at_the_next_look()
    {
        await SayAsync(Enrol("192.0.2.0/24"));
        await Keeper.StartAsync(CancellationToken.None);
        await SayAsync(new Statement { Action = TrustAction.Revoke, Subject = Subject("192.0.2.0/24"), Reason = "spam" });

        await LookAsync();
        Assert.False(IsTrusted("192.0.2.1"));
        Assert.Equal("203.0.113.7/32\n", await File.ReadAllTextAsync(ExportPath));
    }

    [Fact]
    public async Task An_expired_entry_leaves_the_list_and_the_exports()
    {
        await SayAsync(Enrol("192.0.2.0/24") with { Expires = _clock.GetUtcNow().AddSeconds(30) });
        await Keeper.StartAsync(CancellationToken.None);
        Assert.True(IsTrusted("192.0.2.1"));

        _clock.Advance(29 * Second);
        await LookAsync();
        Assert.False(IsTrusted("192.0.2.1"));
        Assert.Equal("203.0.113.7/32\n", await File.ReadAllTextAsync(ExportPath));
    }

    [Fact]
    public async Task Names_are_resolved_again_and_keep_their_addresses_while_the_DNS_is_silent()
    {
        _dns.HostBothWays("lists.example.org", "192.0.2.1");
        await SayAsync(Enrol("lists.example.org"));
        await Keeper.StartAsync(CancellationToken.None);
        await LookAsync();
        Assert.True(IsTrusted("192.0.2.1"));

        _dns.IsSilent = true;
        _clock.Advance(TimeSpan.FromMinutes(6));
        await LookAsync();
        Assert.True(IsTrusted("192.0.2.1"));

        _dns.IsSilent = false;
        _dns.HostBothWays("lists.example.org", "192.0.2.2");
        _clock.Advance(TimeSpan.FromMinutes(6));
        await LookAsync();
        Assert.True(IsTrusted("192.0.2.2"));
    }

    [Fact]
    public async Task The_list_is_current_while_the_logs_are_checked()
    {
        Assert.False(Book.IsCurrent);
        await Keeper.StartAsync(CancellationToken.None);
        Assert.True(Book.IsCurrent);

        for (var i = 0; i < 4; i++)
        {
            _clock.Advance(TrustBook.MaxAge / 2);
            await LookAsync();
            Assert.True(Book.IsCurrent);
        }

        await Keeper.StopAsync(CancellationToken.None);
        _clock.Advance(TrustBook.MaxAge + Second);
        Assert.False(Book.IsCurrent);
    }

    [Fact]
    public async Task A_slow_DNS_delays_no_revocation()
    {
        _dns.HostBothWays("lists.example.org", "192.0.2.1");
        await SayAsync(Enrol("lists.example.org"));
        await SayAsync(Enrol("198.51.100.0/24"));
        var answers = new TaskCompletionSource();
        _dns.Ready = answers.Task;
        await Keeper.StartAsync(CancellationToken.None);
        await SayAsync(new Statement { Action = TrustAction.Revoke, Subject = Subject("198.51.100.0/24"), Reason = "spam" });
        await LookAsync();
        Assert.False(IsTrusted("198.51.100.1"));
        Assert.False(IsTrusted("192.0.2.1"));

        answers.SetResult();
        for (var i = 0; i < 100 && !IsTrusted("192.0.2.1"); i++)
        {
            await LookAsync();
        }

        Assert.True(IsTrusted("192.0.2.1"));
        Assert.False(IsTrusted("198.51.100.1"));
    }

    [Fact]
    public async Task A_failing_export_is_reported_and_retried_with_growing_pauses_and_stops_no_other()
    {
        var faults = _services.GetRequiredService<NodeHealth>();
        Directory.CreateDirectory(ExportPath); // a folder is in the place of the file
        await SayAsync(Enrol("192.0.2.0/24"));
        await Keeper.StartAsync(CancellationToken.None);
        Assert.True(IsTrusted("192.0.2.1"));
        var fault = Assert.Single(faults.Faults);
        Assert.Equal(("trust export text", _clock.GetUtcNow(), _clock.GetUtcNow().AddSeconds(2)), (fault.Component, fault.Since, fault.NextAttempt));

        var later = fault;
        for (var i = 0; i < 100 && later.NextAttempt == fault.NextAttempt; i++)
        {
            await LookAsync();
            later = Assert.Single(faults.Faults);
        }

        Assert.Equal(fault.Since, later.Since);
        Assert.True(later.NextAttempt >= fault.NextAttempt + (4 * Second), $"{later.NextAttempt:O} after {fault.NextAttempt:O}");
        Directory.Delete(ExportPath);
        for (var i = 0; i < 100 && faults.Faults.Count > 0; i++)
        {
            await LookAsync();
        }

        Assert.Empty(faults.Faults);
        Assert.Equal("192.0.2.0/24\n203.0.113.7/32\n", await File.ReadAllTextAsync(ExportPath));
    }

    [Fact]
    public async Task Unreadable_logs_are_reported_and_make_the_list_stale_until_they_can_be_read()
    {
        await SayAsync(Enrol("192.0.2.0/24"));
        await Keeper.StartAsync(CancellationToken.None);
        await SayAsync(new Statement { Action = TrustAction.Revoke, Subject = Subject("192.0.2.0/24"), Reason = "spam" });
        var path = Store.ForksPath(_key.Public.Id);
        await File.WriteAllTextAsync(path, "");
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            await LookAsync();
            Assert.Equal("trust logs", Assert.Single(_services.GetRequiredService<NodeHealth>().Faults).Component);
            _clock.Advance(TrustBook.MaxAge + Second);
            await LookAsync();
            Assert.False(Book.IsCurrent);
        }

        _clock.Advance(TimeSpan.FromMinutes(1));
        await LookAsync();
        Assert.False(IsTrusted("192.0.2.1"));
        Assert.True(Book.IsCurrent);
        Assert.Empty(_services.GetRequiredService<NodeHealth>().Faults);
    }

    [Fact]
    public async Task A_keeper_that_is_woken_checks_at_once()
    {
        await SayAsync(Enrol("192.0.2.0/24"));
        await Keeper.StartAsync(CancellationToken.None);
        await SayAsync(new Statement { Action = TrustAction.Revoke, Subject = Subject("192.0.2.0/24"), Reason = "spam" });
        var reloaded = new TaskCompletionSource();
        Keeper.Reloaded += () => reloaded.TrySetResult();
        Keeper.Wake();
        await reloaded.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(IsTrusted("192.0.2.1"));
    }

    [Fact]
    public void A_delayed_publisher_publishes_the_latest_list()
    {
        var publisher = _services.GetRequiredService<TrustPublisher>();
        var (older, newer) = (ListOf("192.0.2.0/24"), ListOf("198.51.100.0/24"));
        var latest = older;
        var waiting = new Thread(() => publisher.Publish(() => latest));
        publisher.Publish(() =>
        {
            waiting.Start();
            Assert.True(SpinWait.SpinUntil(() => waiting.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromSeconds(60)));
            return latest = newer;
        });
        waiting.Join();

        Assert.False(IsTrusted("192.0.2.1"));
        Assert.True(IsTrusted("198.51.100.1"));
    }

    [Fact]
    public async Task Damage_to_a_log_restores_no_trust()
    {
        await SayAsync(Enrol("192.0.2.0/24"));
        await SayAsync(Enrol("198.51.100.0/24"));
        await SayAsync(new Statement { Action = TrustAction.Revoke, Subject = Subject("192.0.2.0/24"), Reason = "spam" });
        var path = Store.LogPath(_key.Public.Id);
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace("198.51.100.0", "198.51.101.0", StringComparison.Ordinal));
        await Keeper.StartAsync(CancellationToken.None);

        Assert.False(IsTrusted("192.0.2.1"));
        Assert.False(IsTrusted("198.51.100.1"));
        Assert.False(IsTrusted("198.51.101.1"));
    }

    [Fact]
    public async Task A_stalled_disk_takes_no_thread_of_the_pool_and_does_not_keep_the_node_from_stopping()
    {
        await SayAsync(Enrol("192.0.2.0/24"));
        await Keeper.StartAsync(CancellationToken.None);

        // Opening a named pipe waits for its other end, as opening a file on a dead disk does.
        var (path, pipe) = (Store.LogPath(_key.Public.Id), Path.Combine(_folder.Path, "pipe"));
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", pipe))
        {
            await mkfifo.WaitForExitAsync();
        }

        File.Move(pipe, path, overwrite: true); // at once, so that no look finds the log missing

        await Eventually.HoldsAsync("the look to be due", () =>
        {
            _clock.Advance(Second);
            return _clock.GetUtcNow() > Keeper.LastLook + (10 * Second);
        });
        await Keeper.StopAsync(CancellationToken.None).WaitAsync(Eventually.Patience);
        Assert.True(IsTrusted("192.0.2.1")); // as last read

        // The other end lets the thread go.
        await using var end = new FileStream(path, FileMode.Open, FileAccess.Write);
    }

    /// <summary>Makes the keeper check the logs once more, and waits until it has done so.</summary>
    private Task LookAsync()
    {
        var before = _clock.GetUtcNow();
        return Eventually.HoldsAsync("the keeper's next look", () =>
        {
            _clock.Advance(Second);
            return Keeper.LastLook > before;
        });
    }

    private bool IsTrusted(string address) => Book.Find(IPAddress.Parse(address)) is not null;

    private Task SayAsync(Statement statement) =>
        Store.AppendAsync(_key.Public, [SignedStatement.Sign(statement, _key, Store.Read(_key.Public.Id).Head, _clock.GetUtcNow())]);

    private Statement Enrol(string subject) => new()
    {
        Action = TrustAction.Enrol,
        Subject = Subject(subject),
        Kind = TrustKind.ListHost,
        Organisation = "Example e.V.",
        Contact = "postmaster@example.org",
        Expires = _clock.GetUtcNow().AddYears(1),
    };

    private FoldedList ListOf(string subject) => ListFold.Fold(
        [SignedStatement.Sign(Enrol(subject), _key, default, _clock.GetUtcNow()).Statement], new HashSet<string> { _key.Public.Id }, _clock.GetUtcNow());

    private static TrustSubject Subject(string text)
    {
        Assert.True(TrustSubject.TryParse(text, out var subject, out var error), error);
        return subject;
    }
}
