using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Simulate;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Simulation.Tests.Exchange;

/// <summary>Every attempt, bad recipient and message that a filter refused, with its true time: the expected counts of every node's ledger.</summary>
internal sealed class Oracle
{
    // A snapshot's values travel in 64ths of a unit, rounded to the nearest: of a count of one unit half of that is nearly 1 %.
    private const double WireError = 0.5 / 64;

    private readonly Dictionary<IpBlock, List<Counted>> _attempts = [];
    private readonly Dictionary<IpBlock, List<Counted>> _badRecipients = [];

    /// <param name="isBad">The recipient does not exist, and a filter refuses another message of the host.</param>
    public void Register(SimNetwork network, SimNode node, IpBlock host, uint quarters = CountEntry.PerUnit, bool isBad = false)
    {
        var batch = new BatchKey(node.Member.Origin, node.Core.Epoch, quarters == CountEntry.PerUnit ? node.Register(host).Batch : Charge(network, node, host, quarters));
        Note(_attempts, host, quarters / (double)CountEntry.PerUnit);
        if (isBad)
        {
            node.Counts.RecipientUnknown(host, node.Clock.Now);
            Note(_badRecipients, host, 1);
            node.Counts.ContentRefused(host, node.Clock.Now);
            Note(_badRecipients, host.Supplement, 1);
        }

        void Note(Dictionary<IpBlock, List<Counted>> counted, IpBlock block, double units)
        {
            if (!counted.TryGetValue(block, out var list))
                counted.Add(block, list = []);
            list.Add(new Counted(network.Now, units, batch));
        }
    }

    /// <summary>Leaves out the counts since a node's last start that it had not published when it crashed: they are lost.</summary>
    /// <returns>The number of lost attempts, bad recipients and refused messages.</returns>
    public int LoseUntold(SimNetwork network, SimNode node) =>
        _attempts.Values.Concat(_badRecipients.Values).Sum(list => list.RemoveAll(c =>
            c.Batch.Origin == node.Member.Origin && c.Batch.Epoch == node.Core.Epoch && !network.Statistics.IsPublished(c.Batch)));

    /// <summary>Every node that is up is within 1 % of the truth, in all counters of every host.</summary>
    /// <param name="snapshots">How many snapshots, each made from the last, a value may have passed. Each rounds it.</param>
    public void AssertAgrees(SimNetwork network, string story, int snapshots = 0) => AssertWithin(network, [this], _ => this, story, snapshots);

    /// <summary>
    /// After a cut longer than batches are kept: every node has at least the counts of its own side, and at most the greater of both sides' counts,
    /// not the sum.
    /// </summary>
    public static void AssertOwnOrGreater(SimNetwork network, IReadOnlyList<Oracle> sides, Func<SimNode, int> side, string story, int snapshots) =>
        AssertWithin(network, sides, node => sides[side(node)], story, snapshots);

    public static IpBlock Host(int number) => IpBlock.Of(new IPAddress([198, 51, (byte)(number >> 8), (byte)number]));

    private static void AssertWithin(SimNetwork network, IReadOnlyList<Oracle> all, Func<SimNode, Oracle> least, string story, int snapshots)
    {
        Assert.All(all, oracle => Assert.NotEmpty(oracle._attempts));
        Check("attempts", static oracle => oracle._attempts, LedgerTable.Hosts);
        Check("bad recipients", static oracle => oracle._badRecipients, LedgerTable.BadRecipients);

        void Check(string what, Func<Oracle, Dictionary<IpBlock, List<Counted>>> table, LedgerTable kind)
        {
            var rows = network.Nodes.Where(n => n.IsUp).ToDictionary(n => n, n => Rows(n, kind));
            foreach (var host in all.SelectMany(oracle => table(oracle).Keys).Distinct())
            {
                var sums = all.ToDictionary(oracle => oracle, oracle => Sum(table(oracle).GetValueOrDefault(host, []), network.Now));
                var most = new BlockCount(sums.Values.Max(s => s.Fast), sums.Values.Max(s => s.Slow));
                foreach (var node in network.Nodes.Where(n => n.IsUp))
                {
                    var counts = rows[node].GetValueOrDefault(host.Key);
                    var own = sums[least(node)];
                    CheckOne(own.Fast, most.Fast, counts.Own + counts.Others, $"{story}: node {node.Index}, {what} of {host}, fast");
                    CheckOne(own.Slow, most.Slow, counts.SlowCount, $"{story}: node {node.Index}, {what} of {host}, slow");
                }
            }
        }

        void CheckOne(double least, double most, double got, string where) => Assert.True(
            least - Tolerance(least) <= got && got <= most + Tolerance(most), $"{where}: {got:f4} instead of {least:f4} to {most:f4}");

        double Tolerance(double want) => (0.01 * want) + (snapshots * WireError);
    }

    // A charge counts for the host only, not for its site and region, like an impatient retry.
    private static ulong Charge(SimNetwork network, SimNode node, IpBlock host, uint quarters)
    {
        node.Counts.Ledger.Charge(host, quarters / (float)CountEntry.PerUnit, node.Clock.Now);
        var batch = node.Outbox.AddCharge(host, quarters);
        network.Statistics.Count(new BatchKey(node.Member.Origin, node.Core.Epoch, batch), network.Now);
        return batch;
    }

    // All counts without fault tolerance, decayed to now.
    private static Dictionary<ulong, HostRow> Rows(SimNode node, LedgerTable table)
    {
        var rows = new Dictionary<ulong, HostRow>();
        HostRow[] buffer = [];
        for (var shard = 0; shard < node.Counts.Ledger.Shards.Count; shard++)
        {
            var count = node.Counts.Ledger.Copy(shard, s => s.HostsOf(table), ref buffer);
            foreach (var row in buffer.Take(count))
            {
                var now = row;
                now.DecayTo(Stamp.Of(node.Clock.Now));
                rows.Add(row.Key, now);
            }
        }

        return rows;
    }

    private static BlockCount Sum(List<Counted> list, long now) => new(
        list.Sum(c => c.Units * Decay.Factor(now - c.Time, Decay.FastTau)), list.Sum(c => c.Units * Decay.Factor(now - c.Time, Decay.SlowTau)));

    private readonly record struct Counted(long Time, double Units, BatchKey Batch);
}
