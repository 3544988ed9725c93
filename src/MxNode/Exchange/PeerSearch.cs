using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Looks for peers repeatedly, and at once when the configuration names others; gives the core their addresses.</summary>
internal sealed class PeerSearch : KeptService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    private readonly PeerFinder _finder;
    private readonly ExchangeInputs _inputs;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PeerSearch(PeerFinder finder, ExchangeInputs inputs, Live<ExchangeOptions> options, NodeHealth health)
        : base("search for peers", health)
    {
        (_finder, _inputs) = (finder, inputs);
        options.Changed += () => _changed.TrySetResult();
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            var changed = _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var wait = AfterFailure;
            await AttemptAsync(async cancel => wait = await SearchAsync(cancel), stopping);
            await Task.WhenAny(Task.Delay(wait, Time, stopping), changed.Task);
            stopping.ThrowIfCancellationRequested();
        }
    }

    private async Task<TimeSpan> SearchAsync(CancellationToken stopping)
    {
        var (addresses, lookAgain) = await _finder.FindAsync(stopping);
        await _inputs.PostAsync((core, now) => core.Know(now, addresses));
        return lookAgain;
    }
}
