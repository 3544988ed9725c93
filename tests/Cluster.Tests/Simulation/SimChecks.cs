using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Nodes;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>The invariants.</summary>
internal sealed partial class Sim
{
    /// <summary>Attempts of surviving nodes that some peer never counted.</summary>
    public int Lost { get; private set; }

    /// <summary>Pairs of hot attempts that were each judged without the other.</summary>
    public int UnknownPairs { get; private set; }

    /// <summary>Hot attempts that were judged with fewer than ten others.</summary>
    public int Passed => Attempts.Count(a => a is { Hot: true, Judged: not null } && Known(a) < 10);

    public int JudgedAtHold => Attempts.Count(a => a.AtHold);

    private int Known(SimAttempt attempt) => Attempts.Count(a => a.Hot && attempt.Known.Contains(a.Id));

    /// <summary>Whether all live nodes have the same counts, each once.</summary>
    public bool AreEqual => Alive.TrueForAll(n => n.HasCopied && Enumerable.Range(0, Settings.Shards).All(k =>
        n.Rows[k].Quarters.Values.All(q => q == 4) && n.Rows[k].Quarters.Keys.ToHashSet().SetEquals(Alive[0].Rows[k].Quarters.Keys)));

    // The log has what every one of its readers has to read next.
    private void CheckTrim(SimShard shard)
    {
        if (shard.Log.First == 0)
            return;
        Trims++;
        foreach (var node in Nodes.Where(n => n.IsAlive && shard.Readers.Contains(n.Id)))
        {
            var end = node.Machine.Ends[shard.Index];
            if (end.Copying == CopyStep.None && end.State?.Generation == shard.Log.Generation)
                Require(end.State.Cursor >= shard.Log.First, $"{node.Id} reads {end.State.Cursor} of {shard.Log.Generation}, which begins at {shard.Log.First}");
        }
    }

    private void Check()
    {
        var alive = Alive;
        CheckCounts(alive);
        CheckPeers();
        CheckJudgements();
        foreach (var shard in Shards)
            CheckOrder(shard);
        var hot = Attempts.Where(a => a is { Hot: true, Judged: not null }).ToList();
        UnknownPairs = hot.Sum(a => hot.Count(b => b.Id < a.Id && !a.Known.Contains(b.Id) && !b.Known.Contains(a.Id)));
        if (Settings.LongQuiet)
            CheckMemory(alive);
    }

    private void CheckCounts(List<SimClusterNode> alive)
    {
        foreach (var node in alive)
        {
            Require(node.HasCopied, $"{node.Id} still copies");
            for (var k = 0; k < Settings.Shards; k++)
            {
                foreach (var (key, quarters) in node.Rows[k].Quarters)
                    Require(quarters == 4, $"{node.Id} has {quarters} quarters of attempt {Keys.NumberOf(key)}");
                foreach (var attempt in Attempts.Where(a => a.Shard == k && !node.Rows[k].Ids.Contains(a.Id)))
                {
                    Require(
                        FromSnapshots.Contains(attempt.Id) || (attempt.Node is { IsAlive: false } && !alive.Exists(n => n.Rows[k].Ids.Contains(attempt.Id))),
                        $"{node.Id} lacks attempt {attempt.Id} of {attempt.Node?.Id.ToString() ?? attempt.Peer!.Core.Operator}");
                }
            }
        }
    }

    private void CheckPeers()
    {
        foreach (var peer in Peers)
        {
            foreach (var (key, quarters) in peer.Rows.SelectMany(r => r.Quarters))
                Require(quarters == 4, $"{peer.Core.Operator} has {quarters} quarters of attempt {Keys.NumberOf(key)}");
        }

        Lost = Attempts.Count(a => a.Node is { IsAlive: true } && Peers.Exists(p => !p.Rows[a.Shard].Ids.Contains(a.Id)));
    }

    private void CheckJudgements()
    {
        foreach (var attempt in Attempts.Where(a => a.Node is null or { IsAlive: true }))
        {
            var due = Math.Max(attempt.Time + (Hold * 1000L), attempt.Node?.FrozenUntil ?? 0);
            Require(attempt.Judged is not null, $"attempt {attempt.Id} was never judged");
            Require(attempt.Judged is not { } judged || judged <= due + 51_000 || attempt.Node is { WasFrozen: true }, $"attempt {attempt.Id} was judged {(attempt.Judged - due) / 1000} ms late");
        }
    }

    // Within a generation, a later attempt is judged with the earlier ones and with all counts resent before the order was valid.
    private void CheckOrder(SimShard shard)
    {
        var settled = shard.History.Where(h => h.Value is SettledMark).Select(h => h.Key).FirstOrDefault(long.MaxValue);
        var places = new Dictionary<int, (long Position, bool Before)>();
        foreach (var (position, entry) in shard.History)
        {
            if (entry is CountsEntry counts)
            {
                foreach (var count in counts.Counts.Attempts)
                    places[Keys.NumberOf(count.Key)] = (position, position < settled && counts.Home != shard.Log.Generation);
            }
        }

        foreach (var later in Attempts.Where(a => a.Generation == shard.Log.Generation && a.Basis is Basis.Marker or Basis.HoldOrdered && places.ContainsKey(a.Id)))
        {
            foreach (var (id, place) in places)
            {
                var earlier = Attempts[id];
                var ownLater = earlier.Node == later.Node && earlier.Index >= later.Index;
                var must = place.Position < places[later.Id].Position || place.Before;
                Require(
                    !must || ownLater || earlier.Shard != later.Shard || later.Known.Contains(id),
                    $"attempt {later.Id} of {later.Node!.Id} ({later.Basis}) does not know attempt {id} of {earlier.Node?.Id} before it in {shard.Log.Generation}");
            }
        }
    }

    private void CheckMemory(List<SimClusterNode> alive)
    {
        foreach (var node in alive)
        {
            foreach (var end in node.Machine.Ends)
                Require(end is { TailCount: 0, WaitingAttempts: 0 }, $"{node.Id} still holds {end.TailCount} entries of {end.State?.Generation} at {end.State?.Cursor} and {end.WaitingAttempts} attempts");
        }

        foreach (var shard in ActiveShards)
            Require(shard.Log.End - shard.Log.First < 50, $"{shard.Log.Generation} still has {shard.Log.End - shard.Log.First} entries");
    }
}
