namespace ThrottleNet.Counting.Tests;

public sealed class ReportRowTests
{
    private const uint Now = 1_000_000;
    private static ReportCell NoFloor => default;

    [Fact]
    public void F_liars_corroborate_nothing_and_add_at_most_f_times_the_highest_honest_report()
    {
        for (var seed = 1; seed <= 2000; seed++)
        {
            var random = new Random(seed);
            var honest = Enumerable.Range(0, random.Next(7)).Select(_ => random.NextSingle() * random.Next(1, 60)).ToList();
            var liars = Enumerable.Range(0, random.Next(3)).Select(_ => MathF.Pow(10, random.Next(7)) * random.NextSingle()).ToList();
            var reports = honest.Concat(liars).ToArray();
            random.Shuffle(reports);
            var row = Row(reports);

            var (lowered, trimmed) = (row.Lowered(2, NoFloor).Fast, row.TrimmedFast(2));

            var busiest = honest.DefaultIfEmpty().Max();
            Assert.True(trimmed <= honest.Sum() + 1e-2, $"seed {seed}: {trimmed} of {honest.Sum()}");
            Assert.True(lowered <= honest.Sum() + (2 * busiest) + 1e-2, $"seed {seed}: {lowered} of {honest.Sum()}");
            Assert.True(lowered >= trimmed - 1e-3);
        }
    }

    [Fact]
    public void The_sums_agree_with_those_of_sorted_reports()
    {
        for (var seed = 1; seed <= 500; seed++)
        {
            var random = new Random(seed);
            var reports = Enumerable.Range(0, random.Next(1, 40)).Select(_ => (float)random.Next(100)).ToArray();
            var f = random.Next(0, 6);
            var row = Row(reports);
            row.Add(ReportRow.Own, new ReportCell(7, 7, 7), Now, Now);
            var sorted = reports.OrderDescending().ToArray();
            var next = sorted.Length > f ? sorted[f] : 0;
            Assert.Equal(7 + sorted.Skip(f).Sum(), row.TrimmedSlow(f), 0.01f);
            Assert.Equal(7 + sorted.Skip(f).Sum() + (f * next), row.Lowered(f, NoFloor).Waiting, 0.01f);
        }
    }

    [Fact]
    public void A_spray_over_many_operators_is_corroborated_though_each_report_is_small()
    {
        var row = Row([.. Enumerable.Repeat(2f, 48)]);
        Assert.Equal(92, row.TrimmedFast(2));
        Assert.Equal(96, row.Lowered(2, NoFloor).Fast);
    }

    [Fact]
    public void Reports_of_f_operators_alone_count_up_to_the_floor_and_corroborate_nothing()
    {
        var row = Row([60, 60]);
        Assert.Equal(0, row.TrimmedFast(2));
        Assert.Equal(5, row.Lowered(2, new ReportCell(5, 0, 0)).Fast);
        Assert.Equal(0, row.Lowered(2, NoFloor).Fast);
    }

    [Fact]
    public void Cells_decay_and_a_late_report_counts_as_decayed_since_its_time()
    {
        var half = (uint)(Decay.FastTau / 1000 * Stamp.PerSecond * Math.Log(2));
        var row = Row([40]);
        row.DecayTo(Now + half);
        Assert.Equal(20, row.Total.Fast, 0.01f);
        Assert.False(row.Add(1, new ReportCell(10, 0, 10), Now, Now + half));
        Assert.Equal(25, row.Total.Fast, 0.01f);
    }

    private static ReportRow Row(float[] reports)
    {
        var row = new ReportRow(Now);
        for (var i = 0; i < reports.Length; i++)
        {
            Assert.True(row.Add(i + 1, new ReportCell(reports[i], reports[i], reports[i]), Now, Now));
        }

        return row;
    }
}
