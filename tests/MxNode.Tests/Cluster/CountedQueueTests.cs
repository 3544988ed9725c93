using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>Rule 13 of docs/cluster-protocol.md at the node: a copy of the ledger has nothing that the loop has not taken.</summary>
public sealed class CountedQueueTests
{
    private const int Attempts = 20_000;
    private const int Threads = 4;

    [Fact]
    public async Task While_a_copy_is_made_everything_that_is_in_the_ledger_is_taken()
    {
        using var gate = new CountingGate();
        var queue = new CountedQueue(new ClusterInputs(), gate);
        var (ledger, taken) = (0, 0);
        var counting = Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Attempts; i++)
            {
                using var count = CountingGate.Count(gate);
                Interlocked.Increment(ref ledger);
                queue.Add(_ => taken++);
            }
        })));
        var copies = 0;
        do
        {
            copies++;
            Assert.Equal(0, queue.WhenTaken(null!, () => Volatile.Read(ref ledger) - taken));
        }
        while (!counting.IsCompleted);

        await counting;
        Assert.Equal(Threads * Attempts, queue.WhenTaken(null!, () => taken));
        Assert.True(copies > 1);
    }
}
