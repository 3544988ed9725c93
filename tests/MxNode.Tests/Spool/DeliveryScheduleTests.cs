using ThrottleNet.MxNode.Spool;

namespace ThrottleNet.MxNode.Tests.Spool;

/// <summary>Which message is delivered next: random loads with live and dead domains, on a clock of the test's own.</summary>
public sealed class DeliveryScheduleTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Limits_hold_and_dead_domains_hold_nobody_up(int seed)
    {
        const int Places = 10, PerDomain = 4;
        var random = new Random(seed);
        var clock = new FakeTimeProvider();
        var schedule = new DeliverySchedule(Places, PerDomain, clock);
        var live = Enumerable.Range(0, 5).Select(i => $"live{i}").ToArray();
        var dead = Enumerable.Range(0, 30).Select(i => $"dead{i}").ToArray();
        var number = 0;
        var waiting = new List<QueueEntry>();
        foreach (var domain in live.Concat(dead))
        {
            for (var i = random.Next(1, 20); i > 0; i--)
            {
                waiting.Add(Entry(domain, ++number));
            }
        }

        waiting = [.. waiting.OrderBy(_ => random.Next())];
        waiting.ForEach(schedule.Add);
        var under = new List<(QueueEntry Entry, int Left)>();
        var blocked = new Dictionary<string, TimeSpan>();
        var now = TimeSpan.Zero;
        var delivered = new HashSet<QueueEntry>();
        for (var second = 0; second < 1800; second++)
        {
            while (schedule.TryStart() is { } entry)
            {
                Assert.DoesNotContain(under, u => u.Entry == entry);
                Assert.DoesNotContain(entry, delivered);
                Assert.True(!blocked.TryGetValue(entry.Domain, out var until) || until <= now, $"{entry.Domain} begins while it is blocked");
                under.Add((entry, entry.Domain[0] == 'l' ? random.Next(1, 3) : random.Next(1, 100)));
            }

            Assert.InRange(under.Count, 0, Places);
            Assert.Equal(under.Count, schedule.Running);
            Assert.All(under.GroupBy(u => u.Entry.Domain), g => Assert.InRange(g.Count(), 1, g.Key[0] == 'l' ? PerDomain : 1));
            Assert.InRange(under.Count(u => u.Entry.Domain[0] == 'd'), 0, Places / 2);
            clock.Advance(Tick);
            now += Tick;
            foreach (var (entry, _) in under.FindAll(u => u.Left <= 1))
            {
                var isLive = entry.Domain[0] == 'l';
                schedule.Finish(entry, isLive);
                if (isLive)
                {
                    delivered.Add(entry);
                }
                else
                {
                    blocked[entry.Domain] = now + RetrySchedule.First;
                    schedule.Add(entry, RetrySchedule.First);
                }
            }

            under = [.. under.Where(u => u.Left > 1).Select(u => (u.Entry, u.Left - 1))];
        }

        Assert.All(waiting, entry => Assert.Equal(entry.Domain[0] == 'l', delivered.Contains(entry)));
    }

    [Fact]
    public void A_dead_domain_rests_for_longer_after_each_failure_and_comes_back_at_once_when_it_answers()
    {
        var clock = new FakeTimeProvider();
        var schedule = new DeliverySchedule(10, 4, clock);
        for (var i = 0; i < 20; i++)
        {
            schedule.Add(Entry("dead", i));
        }

        foreach (var minutes in new[] { 5, 10, 20, 40, 80, 120, 120 })
        {
            var probe = schedule.TryStart()!;
            Assert.Null(schedule.TryStart());
            schedule.Finish(probe, reached: false);
            Assert.Equal(TimeSpan.FromMinutes(minutes), schedule.UntilNext());
            clock.Advance(TimeSpan.FromMinutes(minutes) - Tick);
            Assert.Null(schedule.TryStart());
            clock.Advance(Tick);
        }

        var first = schedule.TryStart()!;
        schedule.Finish(first, reached: true);
        var next = new[] { schedule.TryStart(), schedule.TryStart(), schedule.TryStart() };
        Assert.Equal(2, next.Count(e => e is not null));
    }

    [Fact]
    public void What_is_removed_is_not_delivered_and_what_is_unblocked_is_delivered_at_once()
    {
        var schedule = new DeliverySchedule(10, 4, new FakeTimeProvider());
        var (one, two) = (Entry("a", 1), Entry("a", 2));
        schedule.Add(one);
        schedule.Add(two);
        Assert.True(schedule.Remove(one));
        Assert.Equal(two, schedule.TryStart());
        Assert.False(schedule.Remove(two));
        schedule.Finish(two, reached: false);
        schedule.Add(one);
        Assert.Null(schedule.TryStart());
        schedule.Unblock("a");
        Assert.Equal(one, schedule.TryStart());
    }

    [Fact]
    public void The_old_messages_of_a_dead_domain_are_taken_out_without_being_tried()
    {
        var schedule = new DeliverySchedule(10, 4, new FakeTimeProvider());
        var entries = Enumerable.Range(0, 5).Select(i => Entry("dead", i)).ToList();
        entries.ForEach(schedule.Add);
        schedule.Finish(schedule.TryStart()!, reached: false);
        Assert.Equal(entries[1..3], schedule.TakeReady("dead", e => e.Id.Number < 3));
        Assert.Equal(entries[3..], schedule.TakeReady("dead", _ => true));
        Assert.Empty(schedule.TakeReady("dead", _ => true));
    }

    private static QueueEntry Entry(string domain, int number) =>
        new(new QueueId(1, number), new RecordPlace(new Segment("x", 1, 1, 0), 0, new RecordFrame(RecordKind.Message, 1, 1)), domain, 1, default);
}
