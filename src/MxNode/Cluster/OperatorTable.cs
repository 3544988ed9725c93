using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The other operators whose batches came through the cluster, as every node of it counts them. Accessed only from the loop.</summary>
internal sealed class OperatorTable(CountingEngine engine)
{
    // As the exchange of a single node: see ExchangeCore.
    private const int Memory = 60 * 60 * 1000;
    private const int SettleTime = 60_000;
    private const int Interval = 1000;

    private readonly Dictionary<string, long> _heard = new(StringComparer.Ordinal);
    private long? _started;
    private long _next;

    public void Heard(string name, long now) => _heard[name] = now;

    public void Tick(long now)
    {
        _started ??= now;
        if (now < _next)
        {
            return;
        }

        _next = now + Interval;
        foreach (var (name, _) in _heard.Where(o => now - o.Value > Memory).ToList())
        {
            _heard.Remove(name);
        }

        // Where no other operator was heard, nobody can lie: what a node copies from its cluster counts in full at once.
        engine.Operators = new ActiveOperators(_heard.Count, IsSettled: _heard.Count == 0 || now - _started > SettleTime);
    }
}
