using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Opens the links that the core asks for. When the node stops, it says goodbye on all links and waits until the links that it opened have ended.</summary>
internal sealed class OutgoingLinks(DialQueue dials, LinkDialer dialer, ExchangeInputs inputs, NodeLinks links, NodeHealth health) : KeptService("links to peers", health)
{
    private readonly List<Task> _open = [];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await inputs.PostAsync(links.StopAll);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (var address in dials.ReadAllAsync(stopping))
            {
                _open.RemoveAll(link => link.IsCompleted);
                _open.Add(DialAsync(address, stopping));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }

        await Task.WhenAll(_open);
    }

    // The core waits for one outcome of each dial, so a dial that fails in any way has failed to connect.
    private async Task DialAsync(string address, CancellationToken stopping)
    {
        var connected = false;
        try
        {
            await AttemptAsync(async cancel => connected = await dialer.DialAsync(address, cancel), stopping);
        }
        finally
        {
            if (!connected)
            {
                await inputs.PostAsync((core, now) => core.ConnectFailed(now, address));
            }
        }
    }
}
