using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class DiskThreadsTests
{
    [Fact]
    public async Task A_stalled_disk_does_not_accumulate_calls()
    {
        using var disk = new DiskThreads();
        using var stalled = new ManualResetEventSlim();
        var calls = new List<Task<bool>>();
        do
        {
            calls.Add(disk.RunAsync(() => stalled.Wait(TimeSpan.FromMinutes(1))));
        }
        while (!calls[^1].IsFaulted && calls.Count < 10_000);

        await Assert.ThrowsAsync<IOException>(() => calls[^1]);
        Assert.InRange(calls.Count, 1000, 9000);
        stalled.Set();
        Assert.All(await Task.WhenAll(calls[..^1]), Assert.True);
        Assert.True(await disk.RunAsync(() => true));
    }
}
