using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

/// <summary>Two of seven other operators invent newcomers in an innocent site.</summary>
public sealed class CollusionTests
{
    private const ulong Site = 0x00ff_0000_c000_0200;

    [Theory]
    [InlineData(10, 7)]
    [InlineData(30, 1)]
    [InlineData(30, 7)]
    [InlineData(45, 1)]
    [InlineData(45, 3)]
    [InlineData(45, 7)]
    public void Colluders_do_not_thin_the_newcomers_of_an_innocent_site_below_three_in_ten(int newcomers, int witnesses)
    {
        var rig = new EngineRig(faulty: 2, active: new ActiveOperators(7, IsSettled: true));
        for (var i = 0; i < newcomers; i++)
        {
            rig.Report($"honest {i % witnesses}", Host(1 + i), 1);
        }

        foreach (var liar in new[] { "liar", "other liar" })
        {
            for (var round = 0; round < 20; round++)
            {
                rig.Engine.Apply(liar, BatchCounts.Of(Enumerable.Range(60, 190).Select(i => new CountEntry(Host(i).Key, 10 * CountEntry.PerUnit)), []), rig.Now, rig.Now);
            }
        }

        Assert.InRange(rig.Describe(Host(55)).Chance, 0.3f, 1);
    }

    private static IpBlock Host(int number) => new(Site + (ulong)number, BlockLevel.Host);
}
