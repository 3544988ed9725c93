using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// How many recipients this node has counted of a host in the last hour and in the last day, as operators understand these words. Verdicts rest on the
/// ledger's decayed counts instead. Bounded: the hosts first seen longest ago are forgotten. Begins anew at each start. Thread-safe.
/// </summary>
internal sealed class RecentRecipients
{
    /// <summary>Hosts remembered, some 200 octets each.</summary>
    public const int Capacity = ShardCount * HostsInShard;

    private const int ShardCount = 64;
    private const int HostsInShard = 1024;

    // Twelve parts of an hour, and 24 of a day. The oldest part is still filling up when it is left behind, so an hour is 55 to 60 minutes.
    private static readonly TimeSpan PartOfHour = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PartOfDay = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Shard[] _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new Shard())];

    public RecentRecipients(TimeProvider time) => (_time, _start) = (time, time.GetTimestamp());

    /// <summary>Counts new recipients of a host; not on the way to a decision, which is to be fast.</summary>
    public void Note(IpBlock host, int recipients)
    {
        var now = _time.GetElapsedTime(_start);
        var shard = ShardOf(host);
        lock (shard.Gate)
        {
            if (!shard.Hosts.TryGetValue(host, out var parts))
            {
                shard.Add(host, parts = new Parts());
            }

            parts.Note(now, recipients);
        }
    }

    /// <summary>The recipients of a host in the last hour, and in the last day.</summary>
    public (int LastHour, int LastDay) Of(IpBlock host)
    {
        var now = _time.GetElapsedTime(_start);
        var shard = ShardOf(host);
        lock (shard.Gate)
        {
            return shard.Hosts.TryGetValue(host, out var parts) ? parts.Sum(now) : (0, 0);
        }
    }

    private Shard ShardOf(IpBlock host) => _shards[(uint)host.GetHashCode() % ShardCount];

    private sealed class Shard
    {
        private readonly Queue<IpBlock> _order = new();

        public Lock Gate { get; } = new();

        public Dictionary<IpBlock, Parts> Hosts { get; } = [];

        public void Add(IpBlock host, Parts parts)
        {
            if (Hosts.Count >= HostsInShard)
            {
                Hosts.Remove(_order.Dequeue());
            }

            Hosts.Add(host, parts);
            _order.Enqueue(host);
        }
    }

    private sealed class Parts
    {
        private readonly Ring _hour = new(12);
        private readonly Ring _day = new(24);

        public void Note(TimeSpan now, int recipients)
        {
            _hour.Add(now.Ticks / PartOfHour.Ticks, recipients);
            _day.Add(now.Ticks / PartOfDay.Ticks, recipients);
        }

        public (int LastHour, int LastDay) Sum(TimeSpan now) => (_hour.Sum(now.Ticks / PartOfHour.Ticks), _day.Sum(now.Ticks / PartOfDay.Ticks));
    }

    // Counts by part of time. A part that was left behind is cleared when the ring comes to its place again.
    private sealed class Ring(int parts)
    {
        private readonly int[] _counts = new int[parts];
        private long _last;

        public void Add(long part, int count)
        {
            MoveTo(part);
            _counts[part % parts] += count;
        }

        public int Sum(long part)
        {
            MoveTo(part);
            return _counts.Sum();
        }

        private void MoveTo(long part)
        {
            for (var next = Math.Max(_last + 1, part - parts + 1); next <= part; next++)
            {
                _counts[next % parts] = 0;
            }

            _last = Math.Max(_last, part);
        }
    }
}
