using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class ManyRecipientsTests
{
    // Postfix retries a message after a time equal to its age, at least 5 minutes and at most 4000 seconds.
    private static readonly double[] PostfixMinutes = [0, 5, 10, 20, 40, 80, 146.7, 213.3, 280, 346.7, 413.3, 480];
    private static readonly IpBlock Host = EngineRig.Of("192.0.2.1");
    private static readonly List<string> Messages = [.. Enumerable.Range(0, 30).Select(i => $"r{i}")];

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
        var nodes = Relays(relays);
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

    /// <summary>
    /// The attempts of a flush arrive together: all are registered before the first is judged. What a relay defers, the client tries at the next relay at once (C30).
    /// </summary>
    [Theory]
    [InlineData(1, 5)]
    [InlineData(3, 5)]
    [InlineData(8, 5)]
    [InlineData(1, 15)]
    [InlineData(3, 15)]
    [InlineData(8, 15)]
    [InlineData(1, 60)]
    [InlineData(3, 60)]
    [InlineData(8, 60)]
    public void A_queue_of_thirty_that_is_flushed_at_once_is_empty_after_five_hours(int relays, int minutes)
    {
        var nodes = Relays(relays);
        var left = Enumerable.Range(0, 30).Select(i => $"r{i}").ToList();
        for (var minute = 0; minute <= 300; minute += minutes)
        {
            foreach (var node in nodes)
            {
                if (!node.IsRefusedAtConnect(Host, out _))
                {
                    var attempts = left.ConvertAll(message => (Message: message, Attempt: node.Register(Host, message)));
                    Share(nodes);
                    var passed = attempts.Where(a => node.Judge(a.Attempt).Passes).ToList();
                    passed.ForEach(a => node.Engine.Delivered(a.Attempt));
                    left.RemoveAll(passed.ConvertAll(a => a.Message).Contains);
                    Share(nodes);
                }

                nodes.ForEach(n => n.Advance(TimeSpan.FromSeconds(6)));
            }

            // With more relays a second one passes ten, too: the reports of a single operator count little.
            Assert.True(minute > 0 || (left.Count <= 20 && left.SequenceEqual(Messages.TakeLast(left.Count))), $"not the first of the queue have passed; left: {string.Join(' ', left)}");
            nodes.ForEach(n => n.Advance(TimeSpan.FromMinutes(minutes) - (relays * TimeSpan.FromSeconds(6))));
        }

        Assert.Empty(left);
    }

    [Theory]
    [InlineData(2)] // Postfix tries two hosts in a delivery (smtp_mx_session_limit)
    [InlineData(5)]
    [InlineData(8)]
    public void A_message_to_a_hundred_recipients_that_tries_several_relays_reaches_all_within_eight_hours(int relays)
    {
        var nodes = Relays(relays);
        var left = Enumerable.Range(0, 100).Select(i => $"r{i}").ToList();
        foreach (var (minutes, before) in PostfixMinutes.Zip(PostfixMinutes.Prepend(0)))
        {
            nodes.ForEach(n => n.Advance(TimeSpan.FromMinutes(minutes - before)));
            foreach (var some in left.Chunk(50).ToList())
            {
                foreach (var node in nodes.Where(n => !n.IsRefusedAtConnect(Host, out _)))
                {
                    left.RemoveAll(Transaction(node, [.. some.Where(left.Contains)]).Contains);
                    Share(nodes);
                }
            }
        }

        Assert.Empty(left);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Retries_that_are_deferred_cost_nothing_by_hour_and_day(int relays)
    {
        var nodes = Relays(relays);
        foreach (var node in nodes)
        {
            LoadTo(node, units: 15.1);
            Assert.All(Verdicts(node, Messages), v => Assert.Equal(VerdictReason.OverHardLimit, v.Reason));
            Share(nodes);
        }

        var retried = 0;
        for (var hour = 0; hour < 4; hour++)
        {
            nodes.ForEach(n => n.Advance(TimeSpan.FromHours(1)));
            foreach (var node in nodes.Where(n => !n.IsRefusedAtConnect(Host, out _)))
            {
                retried++;
                LoadTo(node, units: 15.1);
                var before = node.Read(Host);
                var attempts = Messages.ConvertAll(m => node.Register(Host, m));
                Assert.DoesNotContain(attempts, a => a.Kind == AttemptKind.New);
                Assert.All(attempts, a => Assert.False(node.Judge(a).Passes));
                Share(nodes);
                Assert.Equal((before.Own, before.Slow), (node.Read(Host).Own, node.Read(Host).Slow));
            }
        }

        Assert.NotEqual(0, retried);

        // Over the load up to which patient retries pass, and below the one from which a host is refused.
        static void LoadTo(EngineRig node, double units) => node.AddOwn(Host, units - node.Read(Host).Own);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(1000)]
    public void Recipients_that_pass_because_only_others_report_their_host_are_charged_one_by_one(int recipients)
    {
        // Over its day, which no node can verify: such a host is slowed as long as it evidently sends little.
        var rig = new EngineRig(faulty: 2, active: new ActiveOperators(7, IsSettled: true));
        rig.AddOwn(Host, 400);
        rig.Advance(TimeSpan.FromHours(6));
        var verdicts = Verdicts(rig, [.. Enumerable.Range(0, recipients).Select(i => $"r{i}")]);
        Assert.InRange(verdicts.Count(v => v.Passes), 1, 4);
        Assert.All(verdicts.Where(v => !v.Passes), v => Assert.Equal(VerdictReason.OverDayLimit, v.Reason));
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

    private static List<EngineRig> Relays(int number) =>
        [.. Enumerable.Range(0, number).Select(_ => new EngineRig(faulty: 2, active: new ActiveOperators(number - 1, IsSettled: true)))];

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
