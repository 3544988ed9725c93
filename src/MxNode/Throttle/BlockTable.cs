namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// The counts of all blocks of one level: a hash table in shards, each behind its own lock and growing by itself, so that
/// no decision waits for more than one shard's growth. Thread-safe. Keys are those of <see cref="Protocol.Blocks.IpBlock"/>.
/// </summary>
/// <param name="maxRows">At most this many rows (rounded up to whole shards) are held; then the smallest give way.</param>
internal sealed class BlockTable(KeyScrambler scrambler, int maxRows)
{
    public const int ShardBits = 8;

    private readonly TableShard[] _shards =
        [.. Enumerable.Range(0, 1 << ShardBits).Select(_ => new TableShard(((maxRows - 1) >> ShardBits) + 1))];

    public static int ShardCount => 1 << ShardBits;

    /// <summary>Rows held, within what other threads do at this moment.</summary>
    public int Count => _shards.Sum(s => s.Count);

    /// <summary>Starts to fetch the memory of a key, so that several tables' cache misses overlap; a lock in between would keep them apart.</summary>
    public ulong Touch(ulong key)
    {
        key = scrambler.Scramble(key);
        return ShardOf(key).Touch(key);
    }

    /// <summary>Counts units and returns the counts as they stood before.</summary>
    /// <param name="now">The present.</param>
    /// <param name="when">When the units arrived, at most now.</param>
    public BlockCounts Add(ulong key, uint now, uint when, float own, float others)
    {
        key = scrambler.Scramble(key);
        var shard = ShardOf(key);
        lock (shard.Gate)
        {
            ref var row = ref shard.FindOrAdd(key, now, when);
            var before = row.At(now);
            row.Add(when, own, others);
            return before;
        }
    }

    /// <summary>The counts at a moment; zeros for a block nobody told of.</summary>
    public BlockCounts Read(ulong key, uint now)
    {
        key = scrambler.Scramble(key);
        var shard = ShardOf(key);
        lock (shard.Gate)
        {
            return shard.TryFind(key, out var slot) ? shard[slot].At(now) : default;
        }
    }

    /// <summary>Notes whether a block is refused at the door; one without a row can't be.</summary>
    public void SetRefused(ulong key, bool refused)
    {
        key = scrambler.Scramble(key);
        var shard = ShardOf(key);
        lock (shard.Gate)
        {
            if (shard.TryFind(key, out var slot))
            {
                shard[slot].Refused = refused;
            }
        }
    }

    /// <summary>Reclaims the rows that decayed to nothing, a shard at a time.</summary>
    public void Sweep(uint now)
    {
        foreach (var shard in _shards)
        {
            lock (shard.Gate)
            {
                shard.Sweep(now);
            }
        }
    }

    /// <summary>Copies the rows of one shard, under their true keys, into a buffer that grows as it must; returns how many.</summary>
    public int CopyShard(int index, ref BlockRow[] buffer)
    {
        var shard = _shards[index];
        var count = 0;
        lock (shard.Gate)
        {
            if (buffer.Length < shard.Count)
            {
                buffer = new BlockRow[shard.Count + (shard.Count / 4)];
            }

            foreach (ref readonly var row in shard.Rows)
            {
                if (row.Key != 0)
                {
                    buffer[count++] = row;
                }
            }
        }

        foreach (ref var row in buffer.AsSpan(0, count))
        {
            row.Key = scrambler.Unscramble(row.Key);
        }

        return count;
    }

    /// <summary>Puts a row back as it was copied, in place of whatever is held of its block.</summary>
    public void Restore(BlockRow row, uint now)
    {
        row.Key = scrambler.Scramble(row.Key);
        row.ClampTo(now);
        if (row.Key == 0 || row.SlowAt(now) < Decay.Nothing)
        {
            return;
        }

        var shard = ShardOf(row.Key);
        lock (shard.Gate)
        {
            shard.FindOrAdd(row.Key, now, row.Moment) = row;
        }
    }

    private TableShard ShardOf(ulong key) => _shards[(int)(key >> (64 - ShardBits))];
}
