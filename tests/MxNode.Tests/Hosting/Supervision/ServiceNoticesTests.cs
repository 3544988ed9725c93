using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Hosting.Supervision;

namespace ThrottleNet.MxNode.Tests.Hosting.Supervision;

public sealed class ServiceNoticesTests : IDisposable
{
    private readonly RecordingManager _manager = new();
    private readonly FakeTimeProvider _time = new();
    private readonly CapturedLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task The_manager_hears_of_the_start_a_reload_and_the_stop()
    {
        var notices = Notices();
        await notices.StartingAsync(default);
        await notices.StartAsync(default);
        Assert.Empty(_manager.Notices);
        await notices.StartedAsync(default);
        notices.Reloading();
        notices.Reloaded();
        await notices.StoppingAsync(default);
        await notices.StopAsync(default);
        await notices.StoppedAsync(default);
        Assert.Equal(["READY=1", $"RELOADING=1\nMONOTONIC_USEC={_time.GetTimestamp() / TimeSpan.TicksPerMicrosecond}", "READY=1", "STOPPING=1"], _manager.Notices);
    }

    [Fact]
    public async Task A_manager_that_cannot_be_reached_does_not_stop_the_node()
    {
        _manager.IsGone = true;
        await Notices().StartedAsync(default);
        Assert.Contains("READY=1", Assert.Single(_log.Lines, l => l.Event == 102).Message, StringComparison.Ordinal);
    }

    private ServiceNotices Notices() => new(_manager, _time, LoggerFactory.Create(l => l.AddProvider(_log)).CreateLogger<ServiceNotices>());
}
