using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Tests;

public sealed class ShardLogProperties
{
    private const int Nodes = 4;

    /// <summary>Any pushes in any order: repeated, late, with wrong generations, from readers that fall silent.</summary>
    [Fact]
    public void A_log_only_appends_takes_each_entry_once_and_keeps_unread_entries() =>
        Prop.ForAll(Step().ListOf().ToArbitrary(), Check).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static Gen<LogStep> Step() =>
        from node in Gen.Choose(0, Nodes - 1)
        from what in Gen.Choose(0, 9)
        from seq in Gen.Choose(1, 12)
        from wait in Gen.Frequency((8, Gen.Choose(0, 300)), (1, Gen.Choose(1000, 40_000)))
        select new LogStep(node, what, seq, wait);

    private static void Check(IList<LogStep> steps)
    {
        var now = 1_000_000L;
        var view = ClusterView.Empty;
        for (var i = 0; i < Nodes - 1; i++)
            view = view.With(new ClusterMember(Id(i), 1, MemberState.Live, false, i));
        var log = new ShardLog(new Generation(1), view, now);
        var history = new Dictionary<long, LogEntry>();
        var readers = Enumerable.Range(0, Nodes).Select(_ => (Cursor: 0L, Heard: now)).ToArray();
        foreach (var step in steps)
        {
            for (var waited = 0; waited < step.Wait; waited += 1000)
                log.Tick(now += Math.Min(1000, step.Wait - waited));
            var cursor = step.What == 9 ? readers[step.Node].Cursor / 2 : readers[step.Node].Cursor;
            var push = new Push(Id(step.Node), 1, new Generation(step.What == 0 ? 2u : 1u), cursor, Entries(step), true, null, view, []);
            var end = log.End;
            var reply = log.Push(now, push);
            if (reply is not PushTaken taken)
            {
                // A node that is in no view becomes a reader with its first push, and reads the remaining entries.
                Assert.True(step.What == 0 ? log.End == end : cursor < log.First);
                readers[step.Node].Cursor = Math.Max(readers[step.Node].Cursor, log.First);
                continue;
            }

            Assert.Equal(cursor, taken.From);
            Assert.True(taken.Start <= readers.Where(r => now - r.Heard < ClusterLimits.ReaderMemory - 2000).Min(r => r.Cursor) || step.What == 9 || IsLate(readers));
            for (var i = 0; i < taken.News.Length; i++)
            {
                Assert.True(history.TryAdd(taken.From + i, taken.News[i]) || ReferenceEquals(history[taken.From + i], taken.News[i]));
            }

            readers[step.Node] = (taken.From + taken.News.Length, now);
        }

        Assert.Equal(history.Values.OfType<CountsEntry>().Count(), history.Values.OfType<CountsEntry>().DistinctBy(c => (c.Source, c.Seq)).Count());
        Assert.Equal(history.Values.OfType<BatchEntry>().Count(), history.Values.OfType<BatchEntry>().DistinctBy(b => b.Key).Count());
        Assert.True(history.Values.OfType<SettledMark>().Count() <= 1);

        bool IsLate((long Cursor, long Heard)[] all) => all.Any(r => r.Cursor < log.First);
    }

    private static System.Collections.Immutable.ImmutableArray<LogEntry> Entries(LogStep step)
    {
        var counts = BatchCounts.Of([Keys.Unit(Keys.Of(0, 1, step.Seq))], []);
        return step.What switch
        {
            1 or 2 or 3 => [new CountsEntry(Id(step.Node), (ulong)step.Seq, new Generation(1), 0, counts)],
            4 => [new CountsEntry(Id(0), (ulong)step.Seq, new Generation(9), 0, counts), new ReportMark(Id(step.Node))],
            5 or 6 => [new BatchEntry(new PeerBatchKey(1, 1, (ulong)step.Seq), "other", 0, counts)],
            7 => [new CompleteMark(0, step.Seq)],
            _ => [],
        };
    }

    private static NodeId Id(int node) => new($"n{node}", 1);

    private sealed record LogStep(int Node, int What, int Seq, int Wait);
}
