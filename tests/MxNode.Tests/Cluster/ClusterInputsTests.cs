using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>The inputs of a node of a cluster: one is handled at a time, on whichever thread.</summary>
[Collection(SiloTests.Name)]
public sealed class ClusterInputsTests
{
    [Fact]
    public async Task An_input_that_finds_the_loop_free_is_handled_by_its_own_thread()
    {
        await using var cluster = new ClusterNodes();
        var inputs = await StartAsync(cluster);

        // Now and then the loop handles a tick at that moment.
        await Eventually.HoldsAsync("an input to be handled by its own thread", () =>
        {
            var (here, by) = (Environment.CurrentManagedThreadId, 0);
            inputs.Do(_ => Volatile.Write(ref by, Environment.CurrentManagedThreadId));
            return Volatile.Read(ref by) == here;
        });
    }

    [Fact]
    public async Task An_input_that_comes_up_in_another_one_is_handled_after_it()
    {
        await using var cluster = new ClusterNodes();
        var inputs = await StartAsync(cluster);
        var order = new List<string>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        inputs.Do(_ =>
        {
            inputs.Do(_ =>
            {
                order.Add("inner");
                done.SetResult();
            });
            order.Add("outer");
        });
        await done.Task.WaitAsync(Eventually.Patience);
        Assert.Equal(["outer", "inner"], order);
    }

    [Fact]
    public async Task An_input_does_not_wait_while_another_thread_handles_one_and_is_handled_afterwards()
    {
        await using var cluster = new ClusterNodes();
        var inputs = await StartAsync(cluster);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var release = new ManualResetEventSlim();
        inputs.Post(_ =>
        {
            entered.SetResult();
            release.Wait();
        });
        await entered.Task.WaitAsync(Eventually.Patience);
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        inputs.Do(_ => handled.SetResult());
        Assert.False(handled.Task.IsCompleted);
        release.Set();
        await handled.Task.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task A_fault_of_an_input_stops_no_other_one()
    {
        await using var cluster = new ClusterNodes();
        var inputs = await StartAsync(cluster);
        inputs.Do(_ => throw new InvalidOperationException("a fault of the test"));
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        inputs.Do(_ => handled.SetResult());
        await handled.Task.WaitAsync(Eventually.Patience);
    }

    private static async Task<ClusterInputs> StartAsync(ClusterNodes cluster)
    {
        await cluster.StartAsync("a");
        await cluster.ReadyAsync();
        return cluster["a"].Services.GetRequiredService<ClusterInputs>();
    }
}
