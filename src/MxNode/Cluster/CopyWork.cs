using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Asks other nodes for copies of shards, and finds the moment to give and to take one. Called from the loop only.</summary>
internal sealed class CopyWork(ClusterInputs inputs, CountedQueue counted, CountingGate gate, ShardCalls calls, TimeProvider time)
{
    // If all nodes start together, none has a copy. The oldest then repeats its question so many times, for less than a second, and goes on with what it has.
    private const int OldestPatience = 6;

    // After so many attempts (at least 15 s) no other node will have a complete copy: this node joins as a new start.
    private const int Patience = 150;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<int, int> _failures = [];

    /// <summary>Asks one live node after another, the oldest first; the answer is an input of the loop.</summary>
    public void Request(int shard, ClusterView view, NodeId self)
    {
        var givers = view.Members.Where(m => m.State == MemberState.Live && m.Node.Name != self.Name).OrderBy(m => m.Started).Select(m => m.Node).ToList();
        if (givers.Count == 0)
        {
            _failures[shard] = OldestPatience;
            inputs.Post(loop => loop.Install(shard, null));
            return;
        }

        var giver = givers[_failures.GetValueOrDefault(shard) % givers.Count];
        _ = AskAsync();

        async Task AskAsync()
        {
            var received = await calls.CopyAsync(giver, shard);
            if (received is null)
            {
                await Task.Delay(Pause, time);
            }

            inputs.Post(loop => loop.Install(shard, received));
        }
    }

    /// <inheritdoc cref="CountedQueue.WhenTaken"/>
    public T WhenTaken<T>(ClusterLoop loop, Func<T> action) => counted.WhenTaken(gate, loop, action);

    public void Succeeded(int shard) => _failures.Remove(shard);

    /// <summary>Counts a failure, and says what follows.</summary>
    public CopyFailure Failed(int shard, bool hasOlder)
    {
        if (hasOlder && calls.Silo is null)
        {
            return CopyFailure.AskAgain; // nobody was asked
        }

        var failures = _failures[shard] = _failures.GetValueOrDefault(shard) + 1;
        return !hasOlder && failures > OldestPatience ? CopyFailure.GoOn
            : hasOlder && failures > Patience ? CopyFailure.JoinAnew
            : CopyFailure.AskAgain;
    }

    public void Clear() => _failures.Clear();
}
