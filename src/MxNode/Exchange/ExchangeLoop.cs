using ThrottleNet.Counting;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Runs the exchange's state machine: takes one input after another, and carries out the effects of each before the next.</summary>
internal sealed class ExchangeLoop(ExchangeInputs inputs, NetworkCounts counts, HoldGate gate, NodeExchangeHost host)
{
    /// <summary>Handles inputs until there are no more.</summary>
    public async Task RunAsync(ExchangeCore core)
    {
        counts.Recall();
        var executor = new EffectExecutor(core, counts, gate, host);
        await foreach (var input in inputs.ReadAllAsync())
        {
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
