using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Gives the core its ticks, and stops the exchange when the node's last mail session has ended.</summary>
internal sealed class ExchangeTicker(ExchangeInputs inputs, NodeLinks links, HoldGate gate, ExchangeStatus status, NodeDrain drain, NodeHealth health)
    : PeriodicService("exchange ticks", TimeSpan.FromMilliseconds(ExchangeCore.TickInterval), health)
{
    /// <summary>How long a node that seeks peers waits for one. After that it continues alone, because mail must not wait for a peer.</summary>
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(10);

    private readonly long _started = health.Time.GetTimestamp();

    /// <summary>The last session may end between two ticks.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TickAsync(cancellationToken);
    }

    protected override Task TickAsync(CancellationToken stopping) => inputs.PostAsync(Tick).AsTask();

    private void Tick(ExchangeCore core, long now)
    {
        if (drain.IsOver)
        {
            links.StopAll(core, now);
        }
        else
        {
            core.Tick(now);
        }

        NeighbourStatus[] peers = [.. core.Neighbours];
        status.Update(links.Count, peers.Count(p => p.Ready));
        status.UpdateClocks(
            [.. peers.Where(p => p.Skew is not null).Select(p => (links.NameOf(p.Origin) ?? p.Origin.ToString(), p.Operator, p.Skew!.Value))], core.MaxSkew);
        if (!gate.HasJoined && Time.GetElapsedTime(_started) > JoinPatience)
        {
            gate.GoOnAlone();
        }
    }
}
