using ThrottleNet.Cluster.Members;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Runs the cluster's part of the node from its start to the end of its last session.</summary>
internal sealed class ClusterService(ClusterOptions options, ClusterLoop loop, ClusterInputs inputs, SiloKeeper keeper, Departure departure, TimeProvider time)
    : IHostedLifecycleService, IDisposable
{
    // The interval while an attempt or a count waits for a shard. Otherwise a tick only polls.
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(25);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private Task _silo = Task.CompletedTask;
    private ITimer? _ticks;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        loop.Begin();
        _running = inputs.RunAsync(loop);
        _ticks = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Tick();
        _silo = Task.Run(() => keeper.KeepAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>The shards move to other nodes before the sessions end.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => departure.MoveShardsAsync();

    /// <summary>The last session has ended: what it counted goes to the shards, and the silo stops.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await departure.FlushAsync();
        await _stopping.CancelAsync();
        await _silo;
        _ticks?.Dispose();
        inputs.Complete();
        await _running;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Tick()
    {
        inputs.Do(l => l.Tick());
        _ticks!.Change(loop.IsCalm ? options.Poll : TickInterval, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _ticks?.Dispose();
        _stopping.Dispose();
    }
}
