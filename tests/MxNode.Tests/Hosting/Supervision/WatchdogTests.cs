using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Hosting.Supervision;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Tests.Hosting.Supervision;

public sealed class WatchdogTests : IDisposable
{
    private const int Failed = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly RecordingManager _manager = new();
    private readonly FakeTimeProvider _time = new();
    private readonly CapturedLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Signs_of_life_are_sent_while_every_loop_answers_and_not_while_one_is_stuck()
    {
        var stuck = new TaskCompletionSource();
        Task answer = Task.CompletedTask;
        var asked = 0;
        using var watchdog = Create(new Started(hasStarted: true), new LoopProbe("one", () => Task.CompletedTask), new LoopProbe("two", () =>
        {
            Interlocked.Increment(ref asked);
            return answer;
        }));
        await watchdog.StartAsync(default);
        await _time.UntilWaitingAsync();
        _time.Advance(Interval);
        await Eventually.HoldsAsync("the first sign", () => _manager.Notices.Count == 1);
        Assert.Equal("WATCHDOG=1", _manager.Notices.First());

        answer = stuck.Task;
        _time.Advance(Interval);
        await Eventually.HoldsAsync("the question", () => Volatile.Read(ref asked) == 2);
        await _time.UntilSetAsync(Interval); // the end of the patience with the loop
        _time.Advance(Interval);
        var failure = Assert.Single(await _log.UntilAsync(Failed));
        Assert.Single(_manager.Notices);
        Assert.Contains("the loop \"two\" has not answered for 10 s", failure.Message, StringComparison.Ordinal);

        answer = Task.CompletedTask;
        await Eventually.HoldsAsync("another sign", () =>
        {
            _time.Advance(Interval);
            return _manager.Notices.Count > 1;
        });
        await watchdog.StopAsync(default);
    }

    [Fact]
    public async Task A_node_that_still_starts_is_not_asked()
    {
        var asked = false;
        var lifetime = new Started(hasStarted: false);
        using var watchdog = Create(lifetime, new LoopProbe("loop", () =>
        {
            asked = true;
            return Task.CompletedTask;
        }));
        await watchdog.StartAsync(default);
        await _time.UntilWaitingAsync();
        _time.Advance(Interval);
        await Eventually.HoldsAsync("the tick", () => lifetime.Reads > 0);
        await watchdog.StopAsync(default); // after the tick has ended
        Assert.False(asked);
        Assert.Empty(_manager.Notices);
    }

    [Theory]
    [InlineData("30000000", null, 30)]
    [InlineData("30000000", "7", 30)]
    [InlineData("30000000", "8", null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("soon", null, null)]
    [InlineData("99999999999999999999", null, null)]
    [InlineData(null, "7", null)]
    public void The_time_is_read_as_sd_watchdog_enabled_reads_it(string? microseconds, string? process, int? seconds)
    {
        string? Variable(string name) => name == "WATCHDOG_USEC" ? microseconds : process;
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, WatchdogTime.Read(Variable, processId: 7));
    }

    private Watchdog Create(IHostApplicationLifetime lifetime, params LoopProbe[] probes) =>
        new(Patience, _manager, probes, lifetime, new NodeHealth(_time, LoggerFactory.Create(l => l.AddProvider(_log)).CreateLogger<NodeHealth>()));

    private sealed class Started(bool hasStarted) : IHostApplicationLifetime
    {
        private int _reads;

        /// <summary>How often <see cref="ApplicationStarted"/> was read.</summary>
        public int Reads => Volatile.Read(ref _reads);

        public CancellationToken ApplicationStarted
        {
            get
            {
                Interlocked.Increment(ref _reads);
                return new CancellationToken(hasStarted);
            }
        }

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => throw new NotSupportedException();
    }
}
