namespace ThrottleNet.Counting;

/// <summary>Where the rows of a host and of the blocks around it are.</summary>
internal readonly record struct LadderPlace(LedgerShard Shard, LadderKeys Keys);
