using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Clock;

/// <summary>The node's clocks when the system's clock is set, when the machine is suspended, and at a start before the clock is set.</summary>
public sealed class ClockWatchTests : IDisposable
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly TemporaryFolder _folder = new();
    private readonly CapturedLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2 * 60 * 60)]
    [InlineData(-2 * 60 * 60)]
    [InlineData(6)]
    [InlineData(-6)]
    public async Task The_time_of_day_follows_a_step_within_a_second_and_steady_time_does_not(int seconds)
    {
        await using var node = await StartAsync();
        var clock = node.GetRequiredService<WallClock>();
        var steady = clock.Steady;
        _time.StepWall(TimeSpan.FromSeconds(seconds));
        _time.Advance(ClockWatch.Interval);
        Assert.Equal(steady + 1000, clock.Steady);
        Assert.Equal(_time.GetUtcNow().ToUnixTimeMilliseconds(), clock.Steady + clock.Offset);
        Assert.Contains(_log.Lines, l => l.Event == 504);
    }

    [Fact]
    public async Task A_correction_of_a_few_seconds_is_no_step()
    {
        await using var node = await StartAsync();
        _time.StepWall(TimeSpan.FromSeconds(4));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, node.GetRequiredService<WallClock>().Offset);
        Assert.DoesNotContain(_log.Lines, l => l.Event == 504);
    }

    [Fact]
    public async Task Small_corrections_that_add_up_are_a_step()
    {
        await using var node = await StartAsync();
        for (var i = 0; i < 3; i++)
        {
            _time.StepWall(TimeSpan.FromSeconds(2));
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(6000, node.GetRequiredService<WallClock>().Offset);
    }

    [Fact]
    public async Task Counts_decay_while_the_machine_sleeps()
    {
        await using var node = await StartAsync();
        Count(node, 8);
        _time.Suspend(TimeSpan.FromHours(2));
        _time.Advance(ClockWatch.Interval);
        Assert.Equal(8 * Math.Exp(-4), FastOf(node), 0.01); // four time constants of half an hour
    }

    [Fact]
    public async Task Counts_go_on_decaying_when_the_clock_is_set_back()
    {
        await using var node = await StartAsync();
        Count(node, 8);
        _time.StepWall(TimeSpan.FromHours(-2));
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(8 * Math.Exp(-1), FastOf(node), 0.01);
    }

    [Fact]
    public async Task Counts_decay_over_a_restart_with_the_clock_set_back_meanwhile()
    {
        await using (var before = await StartAsync())
        {
            Count(before, 8);
            await StopAsync(before);
        }

        _time.Advance(TimeSpan.FromMinutes(30));
        _time.StepWall(TimeSpan.FromHours(-2));
        await using var after = await StartAsync();
        Assert.Equal(8, FastOf(after), 0.01); // how long the node was down is not known
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(8 * Math.Exp(-1), FastOf(after), 0.01);
    }

    [Theory]
    [InlineData(365 * 56)] // a machine without a battery starts in 1970
    [InlineData(365 * 4)]
    [InlineData(1)]
    public async Task After_a_start_before_the_clock_was_set_stored_counts_have_their_true_age(int days)
    {
        await using (var before = await StartAsync())
        {
            Count(before, 8);
            await StopAsync(before);
        }

        _time.StepWall(-TimeSpan.FromDays(days));
        await using var after = await StartAsync();
        Assert.Contains(_log.Lines, l => l.Event == 505);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(8, FastOf(after), 0.3);
        _time.StepWall(TimeSpan.FromDays(days) + TimeSpan.FromMinutes(29)); // NTP: the node was down for half an hour in all
        _time.Advance(ClockWatch.Interval);
        Assert.Equal(8 * Math.Exp(-1), FastOf(after), 0.01);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)] // the times of the retry memory wrap
    [InlineData(20)]
    [InlineData(2487)] // the times of rows wrap
    [InlineData(20_000)]
    public async Task After_a_step_of_days_nothing_of_before_is_counted(int days)
    {
        await using var node = await StartAsync();
        var throttle = node.GetRequiredService<CountingEngine>();
        Register(throttle, 1, Now(node));
        Count(node, 8);
        _time.StepWall(TimeSpan.FromDays(days) + TimeSpan.FromMinutes(2));
        _time.Advance(ClockWatch.Interval);
        Assert.InRange(FastOf(node), 0, 0.01);
        Assert.Equal(AttemptKind.New, Register(throttle, 1, Now(node)).Kind);
        Assert.Equal(1, FastOf(node), 0.01);
    }

    [Fact]
    public async Task A_node_whose_clock_was_set_by_decades_warms_up()
    {
        _time.StepWall(TimeSpan.FromDays(-365 * 56));
        await using var node = await StartAsync();
        _time.StepWall(TimeSpan.FromDays(365 * 56));
        _time.Advance(ClockWatch.Interval);
        var area = node.GetRequiredService<CountingEngine>().Describe(Host, Now(node)).Areas[0];
        Assert.Equal(10 * CountingLimits.Default.SitePerHour, area.LimitPerHour);
    }

    [Fact]
    public async Task A_retry_memory_of_more_than_a_day_ago_is_left()
    {
        await using (var before = await StartAsync())
        {
            Register(before.GetRequiredService<CountingEngine>(), 1, Now(before));
            await StopAsync(before);
        }

        _time.Advance(TimeSpan.FromSeconds(65_536 * 4) + TimeSpan.FromMinutes(2)); // its times have wrapped once
        await using var after = await StartAsync();
        Assert.Equal(AttemptKind.New, Register(after.GetRequiredService<CountingEngine>(), 1, Now(after)).Kind);
    }

    private static long Now(IServiceProvider node) => node.GetRequiredService<CountingClock>().Now;

    private static void Count(IServiceProvider node, int attempts)
    {
        for (var i = 2ul; i < (ulong)attempts + 2; i++)
        {
            Register(node.GetRequiredService<CountingEngine>(), i, Now(node));
        }
    }

    private static Attempt Register(CountingEngine engine, ulong envelope, long now) => engine.Register(Host, envelope << 40, toPostmaster: false, now);

    private static double FastOf(IServiceProvider node) => node.GetRequiredService<CountingEngine>().Read(Host, Now(node)).Own;

    private static async Task StopAsync(ServiceProvider node)
    {
        foreach (var service in node.GetServices<IHostedService>().Reverse())
        {
            await service.StopAsync(CancellationToken.None).WaitAsync(Patience);
        }
    }

    private async Task<ServiceProvider> StartAsync()
    {
        var node = new ServiceCollection()
            .AddLogging(log => log.AddProvider(_log))
            .AddSingleton<TimeProvider>(_time)
            .AddThrottle(new ThrottleOptions { SnapshotInterval = TimeSpan.FromDays(1) }, _folder.File("data"))
            .BuildServiceProvider();
        var waiting = _time.Waiting;
        foreach (var service in node.GetServices<IHostedService>().Reverse())
        {
            await service.StartAsync(CancellationToken.None).WaitAsync(Patience);
        }

        await _time.UntilWaitingAsync(waiting + 2);
        return node;
    }
}
