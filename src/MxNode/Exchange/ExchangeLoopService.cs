using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Starts the exchange's loop when the node listens, and ends it with the process.</summary>
internal sealed class ExchangeLoopService(
    ExchangeOptions options, CoreFactory factory, ExchangeLoop loop, ExchangeInputs inputs, HoldGate gate, WallClock clock)
    : IHostedLifecycleService, IAsyncDisposable
{
    // How long the end of the node waits for the disk.
    private static readonly TimeSpan WritePatience = TimeSpan.FromSeconds(5);

    private ulong _epoch;
    private Task? _running;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _epoch = factory.BeginEpoch();
        if (!options.SeeksPeers)
        {
            gate.GoOnAlone();
        }

        return Task.CompletedTask;
    }

    /// <summary>Called when the listeners have started: only then is the address known that this node announces to other nodes.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _running = loop.RunAsync(factory.Create(_epoch, clock.Steady));
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_running is null)
        {
            inputs.Discard();
            return;
        }

        inputs.Complete();
        await _running;
        try
        {
            await factory.Written.WaitAsync(WritePatience);
        }
        catch (TimeoutException)
        {
            // The disk stands still. Peers send the proofs again, and the epoch is made from the clock at the next start.
        }
    }
}
