using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>An entry that some reader may lack.</summary>
/// <param name="Entry">Counts or a batch.</param>
/// <param name="Arrival">The number under which the node applied it, see <see cref="NodeContext.NextArrival"/>; 0 for its own entries.</param>
/// <param name="Position">Its position in the current generation, or a later one; null if it is not known to be in that log.</param>
internal readonly record struct TailEntry(LogEntry Entry, long Arrival, long? Position);
