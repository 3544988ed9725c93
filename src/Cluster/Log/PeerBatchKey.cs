namespace ThrottleNet.Cluster.Log;

/// <summary>The identity of a batch of the exchange.</summary>
/// <param name="Origin">The node that counted, 128 bits.</param>
/// <param name="Epoch">How often that node had been started.</param>
/// <param name="Seq">From 1, without gaps within an epoch.</param>
public readonly record struct PeerBatchKey(UInt128 Origin, ulong Epoch, ulong Seq);
