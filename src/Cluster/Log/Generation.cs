namespace ThrottleNet.Cluster.Log;

/// <summary>
/// One activation of a shard. Every activation draws a random number, so that two activations of one shard are distinct. A migration
/// moves the log and keeps the number.
/// </summary>
public readonly record struct Generation(ulong Value)
{
    public override string ToString() => $"g{Value:x}";
}
