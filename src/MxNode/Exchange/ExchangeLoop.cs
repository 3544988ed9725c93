using ThrottleNet.Counting;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Runs the exchange's state machine: takes one input after another, and carries out the effects of each before the next.</summary>
internal sealed class ExchangeLoop(
    ExchangeInputs inputs, CountingEngine counts, CountingClock clock, HoldGate gate, NodeExchangeHost host, WallClock wall, IBatchOrder? order = null)
{
    /// <summary>Handles inputs until there are no more.</summary>
    public async Task RunAsync(ExchangeCore core)
    {
        var executor = new EffectExecutor(core, counts, clock, gate, host, order);
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

            executor.Drain();
        }
    }
}
