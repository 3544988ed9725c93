using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Looks for peers repeatedly, and gives the core their addresses.</summary>
internal sealed class PeerSearch(PeerFinder finder, ExchangeInputs inputs, NodeHealth health) : KeptService("search for peers", health)
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            var wait = AfterFailure;
            await AttemptAsync(async cancel => wait = await SearchAsync(cancel), stopping);
            await Task.Delay(wait, Time, stopping);
        }
    }

    private async Task<TimeSpan> SearchAsync(CancellationToken stopping)
    {
        var (addresses, lookAgain) = await finder.FindAsync(stopping);
        await inputs.PostAsync((core, now) => core.Know(now, addresses));
        return lookAgain;
    }
}
