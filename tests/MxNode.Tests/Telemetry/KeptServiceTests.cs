using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Tests.Telemetry;

/// <summary>No failure ends a background service, and status shows each service with its last failure.</summary>
public sealed class KeptServiceTests : IDisposable
{
    private const int Failed = 300;
    private const int Works = 301;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly CapturedLog _log = new();
    private readonly LoggerFactory _logging;
    private readonly NodeHealth _health;
    private readonly long _from;

    public KeptServiceTests()
    {
        _logging = new LoggerFactory([_log]);
        _health = new NodeHealth(_time, _logging.CreateLogger<NodeHealth>());
        _from = _time.GetTimestamp();
    }

    public void Dispose() => _logging.Dispose();

    [Fact]
    public void Every_background_service_of_the_node_is_kept()
    {
        var services = typeof(NodeHost).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(BackgroundService)) && !t.IsAbstract).ToList();
        Assert.NotEmpty(services);
        Assert.All(services, t => Assert.True(t.IsSubclassOf(typeof(KeptService)), $"a failure would end {t.Name} without a word in status: derive it from {nameof(KeptService)}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_log_has_a_stack_trace_for_a_fault_of_the_program_only(bool isOrdinary)
    {
        Exception fault = isOrdinary ? new IOException("the disk is\nfull.") : new InvalidOperationException("out of order.");
        await _health.AttemptAsync(_health.Of("writer", Second, Second), _ => Task.FromException(fault), default);
        var line = Assert.Single(_log.Lines);
        Assert.Equal(isOrdinary ? null : fault, line.Exception);
        Assert.StartsWith($"The background service \"writer\" failed ({(isOrdinary ? "the disk is full" : "out of order")}) and is tried again in 00:00:01; ", line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_tick_is_tried_again_after_pauses_that_double_and_shown_by_status()
    {
        using var service = new Ticking(_health) { Failure = new InvalidOperationException("out of order") };
        await service.StartAsync(default);
        await _time.UntilWaitingAsync();
        foreach (var second in (int[])[1, 2, 4, 8]) // after 1, 2 and 4 seconds
        {
            PassUntil(second);
            await Eventually.HoldsAsync("the failure to be noted", () => _health.Components.SingleOrDefault()?.FailedAt == _time.GetUtcNow());
        }

        Assert.Equal(4, service.Ticks);
        Assert.Equal("ticking", Assert.Single(_health.Faults).Component);
        Assert.Single(_log.Lines, l => l.Event == Failed); // the same reason is one line

        service.Failure = null;
        PassUntil(16);
        await _log.UntilAsync(Works);
        Assert.Empty(_health.Faults);
        var state = Assert.Single(_health.Components);
        Assert.Equal(("ticking", true, "out of order"), (state.Component, state.Works, state.LastFailure));
        Assert.Equal(_time.GetUtcNow() - TimeSpan.FromSeconds(8), state.FailedAt);
        await service.StopAsync(default);
        Assert.Single(_log.Lines, l => l.Event == Failed); // to stop is no failure
    }

    [Fact]
    public async Task A_service_that_throws_runs_again()
    {
        using var service = new Running(_health);
        await service.StartAsync(default);
        for (var run = 1; run <= 3; run++)
        {
            await _time.UntilSetAsync(TimeSpan.FromSeconds(1 << (run - 1)));
            Assert.Equal(run, service.Runs);
            _time.Advance(TimeSpan.FromSeconds(1 << (run - 1)));
        }

        await service.StopAsync(default);
        Assert.False(Assert.Single(_health.Components).Works);
    }

    private void PassUntil(int second)
    {
        while (_time.GetElapsedTime(_from) < TimeSpan.FromSeconds(second))
        {
            _time.Advance(Second);
        }
    }

    private sealed class Ticking(NodeHealth health) : PeriodicService("ticking", Second, health)
    {
        public Exception? Failure { get; set; }

        public int Ticks { get; private set; }

        protected override Task TickAsync(CancellationToken stopping)
        {
            Ticks++;
            return Failure is { } failure ? Task.FromException(failure) : Task.CompletedTask;
        }
    }

    private sealed class Running(NodeHealth health) : KeptService("running", health)
    {
        public int Runs { get; private set; }

        protected override Task RunAsync(CancellationToken stopping)
        {
            Runs++;
            throw new InvalidOperationException("ended");
        }
    }
}
