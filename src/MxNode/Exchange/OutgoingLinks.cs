namespace ThrottleNet.MxNode.Exchange;

/// <summary>Opens the links that the core asks for. When the node stops, it says goodbye on all links and waits until the links that it opened have ended.</summary>
internal sealed class OutgoingLinks(DialQueue dials, LinkDialer dialer, ExchangeInputs inputs, NodeLinks links) : BackgroundService
{
    private readonly List<Task> _open = [];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await inputs.PostAsync(links.StopAll);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var address in dials.ReadAllAsync(stoppingToken))
            {
                _open.RemoveAll(link => link.IsCompleted);
                _open.Add(DialAsync(address, stoppingToken));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }

        await Task.WhenAll(_open);
    }

    private async Task DialAsync(string address, CancellationToken stopping)
    {
        if (!await dialer.DialAsync(address, stopping))
        {
            await inputs.PostAsync((core, now) => core.ConnectFailed(now, address));
        }
    }
}
