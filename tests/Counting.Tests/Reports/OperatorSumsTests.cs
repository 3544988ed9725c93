
namespace ThrottleNet.Counting.Tests;

public sealed class OperatorSumsTests
{
    private const ulong Host = 0x00ff_0000_c000_0201;
    private const long Now = 1_767_225_600_000;
    private static readonly BlockCount Warm = new(5, 37.5);

    [Fact]
    public void Liars_prove_nothing_and_inflate_by_no_more_than_the_busiest_honest_operator_times_f()
    {
        for (var seed = 1; seed <= 2000; seed++)
        {
            var random = new Random(seed);
            var honest = Enumerable.Range(0, random.Next(7)).Select(_ => random.NextDouble() * random.Next(1, 60)).ToList();
            var liars = Enumerable.Range(0, random.Next(3)).Select(_ => Math.Pow(10, random.Next(7)) * random.NextDouble()).ToList();
            var heard = Math.Max(honest.Count + liars.Count + random.Next(4), 3 * liars.Count);
            var sums = new OperatorSums("own", faulty: 2, Warm);
            var reports = honest.Select((u, i) => ($"honest{i}", u)).Concat(liars.Select((u, i) => ($"liar{i}", u))).ToArray();
            random.Shuffle(reports);
            var plain = 0.0;
            foreach (var (name, units) in reports)
            {
                sums.Add(Host, name, units, Now, new BlockCount(plain, plain), Now);
                plain += units;
            }

            var judged = sums.Judge(Host, Now, Settled(heard), new BlockCount(plain, plain));

            var busiest = honest.DefaultIfEmpty().Max();
            Assert.True(judged.Proven.Fast <= honest.Sum() + 1e-6, $"seed {seed}: {judged} of {honest.Sum()}");
            Assert.True(judged.Likely.Fast <= honest.Sum() + (2 * busiest) + Warm.Fast + 1e-6, $"seed {seed}: {judged} of {honest.Sum()}");
            Assert.True(judged.Likely.Fast >= judged.Proven.Fast - 1e-6);
        }
    }

    [Fact]
    public void A_spray_over_many_operators_is_proven_though_none_saw_much_and_some_hide_it()
    {
        var sums = new OperatorSums("own", faulty: 2, Warm);
        for (var i = 0; i < 48; i++) // two more of fifty say nothing
            Report(sums, $"op{i}", 2, plainBefore: 2 * i);
        var judged = sums.Judge(Host, Now, Settled(50), default);
        Assert.InRange(judged.Proven.Fast, 85, 96); // what came before it got warm is not attributed
        Assert.InRange(judged.Likely.Fast, judged.Proven.Fast, 96.01);
    }

    [Theory]
    [InlineData(2, 60)] // a network of three still shares: nobody is disbelieved
    [InlineData(3, 0)]
    [InlineData(50, 0)]
    public void One_report_counts_only_where_nobody_can_be_disbelieved(int operatorsHeard, double proven)
    {
        var sums = new OperatorSums("own", faulty: 2, Warm);
        Report(sums, "other", 60, plainBefore: 0);
        Assert.Equal(proven, sums.Judge(Host, Now, Settled(operatorsHeard), new BlockCount(60, 60)).Proven.Fast);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_few_operators_tell_of_a_warm_block_is_believed_as_far_as_that_of_a_cold_one(int reporters)
    {
        var sums = new OperatorSums("own", faulty: 2, Warm);
        for (var i = 0; i < reporters; i++)
            Report(sums, $"op{i}", 60, plainBefore: 60 * i);
        var raw = 60.0 * reporters;
        Assert.Equal(new OthersCount(Warm, default, new BlockCount(raw - Warm.Fast, raw - Warm.Slow)), sums.Judge(Host, Now, Settled(50), default));
    }

    [Fact]
    public void Nodes_of_the_own_operator_are_believed()
    {
        var sums = new OperatorSums("own", faulty: 2, Warm);
        Report(sums, "own", 60, plainBefore: 0);
        Assert.Equal(new BlockCount(60, 60), sums.Judge(Host, Now, Settled(50), default).Proven);
    }

    [Fact]
    public void A_cold_block_counts_as_it_is_and_proves_nothing()
    {
        var sums = new OperatorSums("own", faulty: 2, Warm);
        Report(sums, "other", 3, plainBefore: 0);
        Assert.Equal(0, sums.Count);
        Assert.Equal(new OthersCount(new BlockCount(3, 3), default), sums.Judge(Host, Now, Settled(50), new BlockCount(3, 3)));
        Assert.Equal(Warm, sums.Judge(Host, Now, Settled(50), new BlockCount(1000, 1000)).Likely); // its sums had to go
    }

    [Fact]
    public void What_came_late_takes_nothing_from_what_was_there_when_the_block_gets_warm()
    {
        var sums = new OperatorSums("own", faulty: 0, Warm);
        var half = (long)(Decay.FastTau * Math.Log(2));
        sums.Add(Host, "other", 10, Now - half, new BlockCount(4, 4), Now);
        Assert.Equal(4 + 5, sums.Judge(Host, Now, Settled(9), default).Likely.Fast, 3);
    }

    [Fact]
    public void Sums_decay_and_the_block_gets_cold_again()
    {
        var sums = new OperatorSums("own", faulty: 0, Warm);
        Report(sums, "other", 40, plainBefore: 0);
        var half = (long)(Decay.FastTau * Math.Log(2));
        Assert.Equal(20, sums.Judge(Host, Now + half, Settled(9), default).Proven.Fast, 3);
        sums.Add(Host, "other", 10, Now, default, Now + half); // came late: decayed as if it had come in time
        Assert.Equal(25, sums.Judge(Host, Now + half, Settled(9), default).Proven.Fast, 3);
        sums.Judge(Host, Now + (long)(Decay.SlowTau * 4), Settled(9), default);
        Assert.Equal(0, sums.Count);
    }

    [Fact]
    public void Memory_is_bounded_and_invented_blocks_go_before_proven_ones()
    {
        var sums = new OperatorSums("own", faulty: 1, Warm, max: 300);
        for (var i = 0; i < 20; i++)
        {
            for (var op = 0; op < 4; op++)
                sums.Add(Host + (ulong)i, $"op{op}", 10, Now, new BlockCount(op * 10, op * 10), Now);
        }

        for (var i = 0; i < 10_000; i++)
            sums.Add((ulong)i, "liar", 1_000_000, Now, default, Now);

        Assert.True(sums.Count <= 320, $"{sums.Count}");
        for (var i = 0; i < 20; i++)
            Assert.Equal(30, sums.Judge(Host + (ulong)i, Now, Settled(9), default).Proven.Fast);
    }

    [Fact]
    public void Memory_is_bounded_however_many_operators_tell_of_the_same_blocks()
    {
        var sums = new OperatorSums("own", faulty: 1, Warm, max: 300);
        for (var op = 0; op < 20; op++)
        {
            for (var i = 0; i < 140; i++)
                sums.Add((ulong)i, $"op{op}", 1000, Now, new BlockCount(op * 1000, op * 1000), Now);
        }

        var pairs = Enumerable.Range(0, 140).Sum(i => sums.Describe((ulong)i, Now).Count);
        Assert.InRange(pairs + sums.Count, 1, 302);
    }

    [Fact]
    public void Memory_is_bounded_for_what_nobody_is_known_to_have_told()
    {
        var sums = new OperatorSums("own", faulty: 1, Warm, max: 300);
        for (var i = 0; i < 10_000; i++)
            sums.Raise((ulong)i, new BlockCount(1000, 1000), Now);
        Assert.Equal(300, sums.Count);
        Assert.Equal(1000, sums.Judge(0, Now, Settled(9), new BlockCount(1000, 1000)).Likely.Fast);
        Assert.Equal(Warm.Fast, sums.Judge(9999, Now, Settled(9), new BlockCount(1000, 1000)).Likely.Fast);
    }

    [Fact]
    public void Who_reported_is_told_the_greatest_first()
    {
        var sums = new OperatorSums("own", faulty: 2, Warm);
        Report(sums, "small", 10, plainBefore: 0);
        Report(sums, "big", 30, plainBefore: 10);
        Assert.Equal([("big", new BlockCount(30, 30)), ("small", new BlockCount(10, 10))], sums.Describe(Host, Now));
        Assert.Empty(sums.Describe(Host + 1, Now));
    }

    [Fact]
    public void Until_the_number_of_operators_has_settled_few_of_them_prove_nothing_but_may_delay()
    {
        var sums = new OperatorSums("own", faulty: 2, Warm);
        Report(sums, "one", 60, plainBefore: 0);
        Report(sums, "other", 60, plainBefore: 60);
        var judged = sums.Judge(Host, Now, new OperatorsHeard(2, IsSettled: false), default);
        Assert.Equal((120, 0), (judged.Likely.Fast, judged.Proven.Fast));
    }

    private static OperatorsHeard Settled(int count) => new(count, IsSettled: true);

    private static void Report(OperatorSums sums, string reporter, double units, double plainBefore) =>
        sums.Add(Host, reporter, units, Now, new BlockCount(plainBefore, plainBefore), Now);
}
