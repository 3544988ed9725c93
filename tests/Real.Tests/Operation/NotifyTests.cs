using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Operation;

/// <summary>What a service manager hears of a node, at a socket of the test's own.</summary>
public sealed class NotifyTests
{
    [NeedsFact("env")]
    public async Task The_service_manager_hears_of_start_life_reload_and_stop()
    {
        using var folder = new TemporaryFolder();
        await using var manager = new NotifySocket(folder.File("notify"));
        await using var node = await NodeProcess.StartUnderAsync(["env", $"NOTIFY_SOCKET={folder.File("notify")}", "WATCHDOG_USEC=600000"], folder);
        Assert.Equal("READY=1", await manager.NextAsync());
        Assert.Equal("WATCHDOG=1", await manager.NextAsync());
        await Tool.RunAsync("kill", "-HUP", node.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.StartsWith("RELOADING=1\nMONOTONIC_USEC=", await manager.NextOfStateAsync(), StringComparison.Ordinal);
        Assert.Equal("READY=1", await manager.NextOfStateAsync());
        await node.StopAsync();
        Assert.Equal("STOPPING=1", await manager.NextOfStateAsync());
    }

    [NeedsFact("env")]
    public async Task A_node_whose_watchdog_is_another_process_sends_no_sign_of_life()
    {
        using var folder = new TemporaryFolder();
        await using var manager = new NotifySocket(folder.File("notify"));
        await using var node = await NodeProcess.StartUnderAsync(["env", $"NOTIFY_SOCKET={folder.File("notify")}", "WATCHDOG_USEC=100000", "WATCHDOG_PID=1"], folder);
        Assert.Equal("READY=1", await manager.NextAsync());
        await node.StopAsync();
        Assert.Equal("STOPPING=1", await manager.NextAsync());
    }
}
