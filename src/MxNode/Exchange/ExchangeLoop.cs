using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Runs the exchange's state machine: takes one input after another, and carries out the effects of each before the next.</summary>
internal sealed class ExchangeLoop(ExchangeInputs inputs, EffectExecutor executor, NodeExchangeHost host, WallClock wall)
{
    /// <summary>Handles inputs until there are no more.</summary>
    public async Task RunAsync(ExchangeCore core)
    {
        await foreach (var input in inputs.ReadAllAsync())
        {
            core.ClockOffset = wall.Offset;
            try
            {
                input(core, host.Now);
            }
            catch (Exception e)
            {
                host.Failed(e);
            }

            executor.Drain(core);
        }
    }
}
