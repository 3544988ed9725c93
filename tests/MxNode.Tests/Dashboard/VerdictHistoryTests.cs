using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Tests.Dashboard;

/// <summary>The counts behind the dashboard's charts.</summary>
public sealed class VerdictHistoryTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Each_kind_is_counted_in_the_span_in_which_it_occurred()
    {
        var history = new VerdictHistory(_clock);
        history.Note(VerdictKind.Passed);
        history.Note(VerdictKind.Passed);
        _clock.Advance(TimeSpan.FromMinutes(5));
        foreach (var kind in Enum.GetValues<VerdictKind>())
        {
            history.Note(kind);
        }

        var minutes = history.Read(TimeSpan.FromMinutes(1), 60);
        Assert.Equal(60, minutes.Count);
        Assert.Equal(new VerdictCounts(1, 1, 1, 1, 1), minutes[^1].Counts);
        Assert.Equal(new VerdictCounts(2, 0, 0, 0, 0), minutes[^6].Counts);
        Assert.Equal(7, minutes.Sum(m => m.Counts.Total));
        Assert.Equal(TimeSpan.FromMinutes(1), minutes[^1].From - minutes[^2].From);
        Assert.InRange(_clock.GetUtcNow() - minutes[^1].From, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Equal(5, history.Last(TimeSpan.FromMinutes(1)).Total);
        Assert.Equal(7, history.Last(TimeSpan.FromHours(1)).Total);
    }

    [Fact]
    public void After_a_day_nothing_is_left_of_it()
    {
        var history = new VerdictHistory(_clock);
        history.Note(VerdictKind.Refused);
        _clock.Advance(TimeSpan.FromHours(23));
        Assert.Equal(1, history.Last(TimeSpan.FromDays(1)).Refused);
        Assert.Equal(1, history.Read(TimeSpan.FromMinutes(15), 96).Sum(s => s.Counts.Refused));
        _clock.Advance(TimeSpan.FromHours(1.1));
        Assert.Equal(0, history.Last(TimeSpan.FromDays(1)).Refused);
        Assert.Equal(0, history.Read(TimeSpan.FromMinutes(15), 96).Sum(s => s.Counts.Refused));
    }

    [Fact]
    public void A_gap_of_days_leaves_no_old_counts_behind()
    {
        var history = new VerdictHistory(_clock);
        for (var i = 0; i < 100; i++)
        {
            history.Note(VerdictKind.Passed);
            _clock.Advance(VerdictHistory.Slot);
        }

        _clock.Advance(TimeSpan.FromDays(9));
        Assert.Equal(0, history.Read(TimeSpan.FromMinutes(15), 96).Sum(s => s.Counts.Total));
        history.Note(VerdictKind.Slowed);
        Assert.Equal(new VerdictCounts(0, 1, 0, 0, 0), history.Last(TimeSpan.FromDays(1)));
    }
}
