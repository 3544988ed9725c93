using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>One start of a node.</summary>
/// <param name="Self">The node, by its own certificate.</param>
/// <param name="Sign">Signs with its key.</param>
/// <param name="Epoch">The epoch of this start, stored already, and higher than at the last start.</param>
/// <param name="Restored">The result of <see cref="ExchangeCore.Export"/> at the moment when the stored counts were written; empty for a start without stored counts.</param>
public sealed record ExchangeStart(Member Self, BatchSigner Sign, ulong Epoch, IReadOnlyCollection<AppliedRange> Restored);
