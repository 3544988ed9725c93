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
        var queue = new CountedQueue(new ClusterInputs());
        var (ledger, taken, isOver) = (0, 0, false);
        var counting = Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                using var count = CountingGate.Count(gate);
                Interlocked.Increment(ref ledger);
                queue.Add(_ => taken++);
            }
        })));
        try
        {
            for (var copied = 0; copied < Attempts; copied = Volatile.Read(ref ledger))
            {
                Assert.Equal(0, queue.WhenTaken(gate, null!, () => Volatile.Read(ref ledger) - taken));
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
        }

        await counting;
        Assert.Equal(ledger, queue.WhenTaken(gate, null!, () => taken));
    }
}
