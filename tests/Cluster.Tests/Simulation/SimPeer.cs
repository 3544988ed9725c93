using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>Another operator's single node.</summary>
internal sealed class SimPeer
{
    private readonly Sim _sim;
    private readonly List<SimAttempt> _attempts = [];
    private readonly List<SimAttempt> _outbox = [];
    private long _next;

    public SimPeer(Sim sim, int number)
    {
        _sim = sim;
        Rows = [.. Enumerable.Range(0, sim.Settings.Shards).Select(_ => new SimRows())];
        Core = new SimCore(sim, (UInt128)(1000 + number), $"operator {number}")
        {
            IsRunning = () => true,
            ThawedAt = () => 0,
            Receive = (key, _, counts) =>
            {
                foreach (var entry in counts.Attempts)
                    Rows[ShardMap.ShardOf(entry.Key, sim.Settings.Shards)].Add(entry.Key, entry.Quarters);
                Core!.Ordered(key);
                return true;
            },
            ReadSnapshot = () =>
            {
                // What is counted and not published is in no batch.
                SimRows[] rows = [.. Rows.Select(r => r.Clone())];
                _outbox.ForEach(a => rows[a.Shard].Subtract(sim.KeyOf(a), CountEntry.PerUnit));
                return rows;
            },
            Raise = (rows, _) =>
            {
                for (var k = 0; k < rows.Length; k++)
                    Rows[k].Raise(rows[k]);
            },
            Promise = () => Core!.Published + (_outbox.Count > 0 ? 1u : 0),
            Complete = seq => _attempts.Where(a => a.Judged is null && a.Seq <= seq).ToList().ForEach(a => Judge(a, atHold: false)),
        };
        sim.Every(100, () => true, Tick);
    }

    public SimCore Core { get; }

    public SimRows[] Rows { get; }

    public void Register(SimAttempt attempt, ulong key)
    {
        attempt.Peer = this;
        attempt.Index = _attempts.Count;
        attempt.Seq = Core.Published + 1;
        _attempts.Add(attempt);
        _outbox.Add(attempt);
        Rows[attempt.Shard].Add(key, CountEntry.PerUnit);
        if (Core.IsAlone)
            Judge(attempt, atHold: false);
        else
            _sim.At(_sim.Now + (Sim.Hold * 1000), () => Judge(attempt, atHold: true));
    }

    private void Judge(SimAttempt attempt, bool atHold)
    {
        if (attempt.Judged is not null)
            return;
        attempt.Judged = _sim.Now;
        attempt.AtHold = atHold;
        attempt.Known.Union(Rows[attempt.Shard].Ids);
        foreach (var later in _attempts.Skip(attempt.Index))
            attempt.Known.Remove(later.Id);
    }

    private void Tick()
    {
        if (_outbox.Count > 0 && _sim.Now >= _next)
        {
            _next = _sim.Now + 1000_000;
            var counts = BatchCounts.Of(_outbox.Select(a => Keys.Unit(_sim.KeyOf(a))), []);
            _outbox.Clear();
            Core.Publish(Core.Published + 1, counts);
        }

        Core.Tick();
    }
}
