using ThrottleNet.Counting;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Counts the operators whose nodes were heard lately.</summary>
internal sealed class OperatorCount(ExchangeContext context)
{
    private const int OperatorMemory = 60 * 60 * 1000;

    // A minute after its start a node knows every node that counts anything.
    private const int SettleTime = 60_000;

    public ActiveOperators Heard { get; private set; }

    /// <param name="started">When the node started: its steady time, milliseconds; null before its first tick.</param>
    public void Update(long? started)
    {
        foreach (var link in context.Links.Ready)
            context.Operators[link.Member.Operator] = context.Now;
        var heard = context.Operators.Count(o => o.Key != context.Self.Operator && context.Now - o.Value < OperatorMemory);
        Heard = new ActiveOperators(heard, context.Now - started >= SettleTime);
    }
}
