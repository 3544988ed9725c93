using System.Collections.Immutable;

namespace ThrottleNet.Cluster.Log;

/// <summary>Batches of one epoch of an origin.</summary>
/// <param name="Origin">The node that counted, 128 bits.</param>
/// <param name="Epoch">How often that node had been started.</param>
/// <param name="Contiguous">Every batch up to this seq.</param>
/// <param name="Beyond">Seqs after it, ascending.</param>
public readonly record struct PeerBatchRange(UInt128 Origin, ulong Epoch, ulong Contiguous, ImmutableArray<ulong> Beyond);
