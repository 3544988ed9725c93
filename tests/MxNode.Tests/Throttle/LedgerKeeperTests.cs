using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Throttle;

public sealed class LedgerKeeperTests : IDisposable
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly FakeTimeProvider _time = new();
    private readonly TemporaryFolder _directory = new();

    private string DataDirectory => _directory.File("data");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Counts_survive_a_restart()
    {
        await using (var first = New())
        {
            var keeper = await StartAsync(first);
            Count(first.GetRequiredService<CountingEngine>());
            await keeper.StopAsync(CancellationToken.None).WaitAsync(Patience);
        }

        await using var second = New();
        await StartAsync(second);
        Assert.Equal(VerdictAction.Slow, second.GetRequiredService<NodeThrottle>().Describe(Host).Verdict.Action);
    }

    [Fact]
    public async Task A_snapshot_is_written_at_each_interval()
    {
        Directory.CreateDirectory(DataDirectory);
        using var watcher = new FileSystemWatcher(DataDirectory);
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Renamed += (_, _) => written.TrySetResult();
        watcher.EnableRaisingEvents = true;
        await using var services = New();
        await StartAsync(services);
        Count(services.GetRequiredService<CountingEngine>());
        await _time.UntilWaitingAsync();
        _time.Advance(new ThrottleOptions().SnapshotInterval);
        await written.Task.WaitAsync(Patience);
        Assert.Equal(3, Read(Path.Combine(DataDirectory, "ledger.snapshot")).Rows);
    }

    [Fact]
    public async Task A_damaged_snapshot_does_not_keep_the_node_from_starting()
    {
        Directory.CreateDirectory(DataDirectory);
        var path = Path.Combine(DataDirectory, "ledger.snapshot");
        await File.WriteAllTextAsync(path, "rubbish");
        await using var services = New();
        var keeper = await StartAsync(services);
        Assert.Equal(0, services.GetRequiredService<CountingEngine>().Rows);
        await keeper.StopAsync(CancellationToken.None).WaitAsync(Patience);
        Assert.Null(Read(path).Fault);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_does_not_stop_the_node()
    {
        await File.WriteAllTextAsync(DataDirectory, "a file where the directory should be");
        await using var services = New();
        var keeper = await StartAsync(services);
        await keeper.StopAsync(CancellationToken.None).WaitAsync(Patience);
        Assert.True(File.Exists(DataDirectory));
    }

    private static async Task<IHostedService> StartAsync(ServiceProvider services)
    {
        var keeper = services.GetRequiredService<IHostedService>();
        await keeper.StartAsync(CancellationToken.None).WaitAsync(Patience);
        return keeper;
    }

    private ServiceProvider New() =>
        new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(_time)
            .AddThrottle(new ThrottleOptions(), DataDirectory)
            .BuildServiceProvider();

    private void Count(CountingEngine engine)
    {
        for (var envelope = 1ul; envelope <= 8; envelope++)
        {
            engine.Register(Host, envelope << 60, toPostmaster: false, _time.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }

    private SnapshotReading Read(string path)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return LedgerFile.Read(new CountingEngine(CountingLimits.Default, now), path, _ => now);
    }
}
