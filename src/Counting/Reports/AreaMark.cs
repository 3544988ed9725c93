using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>The counts of a site or region by all nodes, decayed to the moment of sending, for another node of the cluster.</summary>
/// <param name="Key">The key of the block.</param>
/// <param name="Level">Site or region.</param>
/// <param name="Newcomers">Fast count of attempts by hosts without standing.</param>
/// <param name="Waiting">Fast count of attempts by hosts that wait.</param>
/// <param name="Standing">Slow count of attempts by hosts with standing.</param>
/// <param name="Promoted">Slow count of hosts that were given standing.</param>
public readonly record struct AreaMark(ulong Key, BlockLevel Level, float Newcomers, float Waiting, float Standing, float Promoted);
