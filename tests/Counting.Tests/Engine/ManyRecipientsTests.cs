using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class ManyRecipientsTests
{
    // Postfix retries a message after a time equal to its age, at least 5 minutes and at most 4000 seconds.
    private static readonly double[] PostfixMinutes = [0, 5, 10, 20, 40, 80, 146.7, 213.3, 280, 346.7, 413.3, 480];
    private static readonly IpBlock Host = EngineRig.Of("192.0.2.1");

    [Theory]
    [InlineData(100, 50)] // as Postfix splits it
    [InlineData(100, 100)]
    public void A_message_to_many_recipients_reaches_all_within_eight_hours(int recipients, int atOnce)
    {
        var rig = new EngineRig();
        var left = Enumerable.Range(0, recipients).Select(i => $"r{i}").ToList();
        foreach (var (minutes, before) in PostfixMinutes.Zip(PostfixMinutes.Prepend(0)))
        {
            rig.Advance(TimeSpan.FromMinutes(minutes - before));
            foreach (var some in left.Chunk(atOnce).ToList())
            {
                left.RemoveAll(Transaction(rig, some).Contains);
            }
        }

        Assert.Empty(left);
    }

    [Theory]
    [InlineData(1, 5)] // dma
    [InlineData(3, 5)]
    [InlineData(1, 15)] // Exim, with its queue runs
    [InlineData(3, 15)]
    [InlineData(1, 30)] // Haraka, sendmail
    [InlineData(3, 30)]
    [InlineData(1, 60)]
    [InlineData(3, 60)]
    public void A_flushed_queue_of_thirty_messages_is_empty_after_five_hours(int relays, int minutes)
    {
        var nodes = Enumerable.Range(0, relays).Select(_ => new EngineRig(faulty: 2, active: new ActiveOperators(relays - 1, IsSettled: true))).ToList();
        var left = Enumerable.Range(0, 30).Select(i => $"r{i}").ToList();
        for (var minute = 0; minute <= 300; minute += minutes)
        {
            foreach (var message in left.ToList())
            {
                foreach (var node in nodes)
                {
                    if (node.IsRefusedAtConnect(Host, out _))
                    {
                        continue;
                    }

                    var attempt = node.Register(Host, message);
                    Share(nodes);
                    var passes = node.Judge(attempt).Passes;
                    Share(nodes);
                    if (passes)
                    {
                        node.Engine.Delivered(attempt);
                        left.Remove(message);
                        break;
                    }
                }
            }

            nodes.ForEach(n => n.Advance(TimeSpan.FromMinutes(minutes)));
        }

        Assert.Empty(left);
    }

    [Fact]
    public void Recipients_within_the_limit_pass_and_the_others_are_deferred_not_refused()
    {
        var rig = new EngineRig();
        var verdicts = Verdicts(rig, [.. Enumerable.Range(0, 100).Select(i => $"r{i}")]);
        Assert.Equal(10, verdicts.Count(v => v.Passes));
        Assert.All(verdicts.Skip(10), v => Assert.Equal(VerdictAction.Defer, v.Action));
        Assert.False(rig.IsRefusedAtConnect(Host, out _));
    }

    [Fact]
    public void Many_transactions_one_after_another_get_the_host_refused()
    {
        var rig = new EngineRig();
        for (var i = 0; i < 30; i++)
        {
            Verdicts(rig, [.. Enumerable.Range(0, 50).Select(r => $"r{i}-{r}")]);
        }

        Assert.True(rig.IsRefusedAtConnect(Host, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void A_sprayer_that_retries_patiently_for_days_gets_little_over_its_limit_through(int atOnce)
    {
        var rig = new EngineRig();
        var passed = new List<long>();
        var (left, due) = (Enumerable.Range(0, 3000).Select(i => $"r{i}").ToList(), TimeSpan.FromMinutes(15));
        for (var minute = 0; minute < 2 * 24 * 60; minute += (int)due.TotalMinutes, rig.Advance(due))
        {
            foreach (var some in left.Take(300).Chunk(atOnce).ToList())
            {
                if (rig.IsRefusedAtConnect(Host, out _))
                {
                    break;
                }

                var done = Transaction(rig, some);
                passed.AddRange(done.Select(_ => rig.Now));
                left.RemoveAll(done.Contains);
            }
        }

        Assert.InRange(passed.Count(p => p < EngineRig.Start + 3_600_000), 10, 40);
        Assert.InRange(passed.Count(p => p >= EngineRig.Start + (24 * 3_600_000)), 0, 230);
    }

    [Fact]
    public void A_spray_of_patient_retries_over_many_nodes_at_once_does_not_pass_at_each()
    {
        var (nodes, passed) = (Enumerable.Range(0, 20).Select(_ => new EngineRig(faulty: 0, active: new ActiveOperators(19, IsSettled: true))).ToList(), 0);
        Round(expectedNew: true);
        nodes.ForEach(n => n.Advance(TimeSpan.FromHours(12)));
        passed = 0;
        Round(expectedNew: false);
        Assert.InRange(passed, 1, 40);

        void Round(bool expectedNew)
        {
            // Each node gets ten; all are registered, then shared, then judged.
            var attempts = nodes.Select((n, i) => Enumerable.Range(0, 10).Select(r => n.Register(Host, $"r{i}-{r}")).ToList()).ToList();
            Assert.All(attempts.SelectMany(a => a), a => Assert.Equal(expectedNew, a.Kind == AttemptKind.New));
            Share(nodes);
            passed += nodes.Select((n, i) => attempts[i].Count(a => n.Judge(a).Passes)).Sum();
            Share(nodes);
        }
    }

    private static void Share(List<EngineRig> nodes)
    {
        foreach (var (node, number) in nodes.Select((n, i) => (n, i)))
        {
            foreach (var batch in node.Outbox!.Take(out _))
            {
                foreach (var other in nodes.Where(n => n != node))
                {
                    other.Engine.Apply($"operator {number}", batch, node.Now, other.Now);
                }
            }
        }
    }

    private static List<string> Transaction(EngineRig rig, IReadOnlyList<string> recipients) =>
        [.. recipients.Zip(Verdicts(rig, recipients)).Where(v => v.Second.Passes).Select(v => v.First)];

    private static List<Verdict> Verdicts(EngineRig rig, IReadOnlyList<string> recipients)
    {
        var attempts = new List<Attempt>();
        foreach (var recipient in recipients)
        {
            attempts.Add(rig.Register(Host, recipient, first: attempts.Count == 0 ? null : attempts[0]));
        }

        var verdicts = attempts.ConvertAll(a => rig.Judge(a));
        foreach (var (attempt, _) in attempts.Zip(verdicts).Where(v => v.Second.Passes))
        {
            rig.Engine.Delivered(attempt);
        }

        return verdicts;
    }
}
