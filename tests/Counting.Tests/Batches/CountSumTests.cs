using System.Net;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests.Batches;

public sealed class CountSumTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));

    [Theory]
    [InlineData(3u, 3u, 3u, 3u)] // six retries: three stay, three have no room
    [InlineData(5u, 6u, 11u, 0u)] // two attempts with three retries
    [InlineData(7u, 1u, 7u, 1u)]
    [InlineData(8u, 4u, 12u, 0u)]
    public void Retries_never_become_attempts(uint sum, uint quarters, uint expected, uint further)
    {
        Assert.Equal(expected, CountSum.Add(Host.Key, isBad: false, sum, quarters, out var rest, out var supplement));
        Assert.Equal((further, Host.Supplement.Key), (rest, supplement));
    }

    [Fact]
    public void A_supplement_keeps_retries_and_charges_apart()
    {
        var key = Host.Supplement.Key;
        var sum = CountSum.Add(key, isBad: false, (2 << 10) | 1000, (3 << 10) | 1000, out var further, out _);
        Assert.Equal(((5u << 10) | 1023, 0u), (sum, further));
        Assert.Equal(Supplement.Read(new CountEntry(key, sum)), new Supplement(0, 1023, 5 / 4f));
    }

    [Fact]
    public void No_sum_exceeds_what_an_entry_holds()
    {
        foreach (var key in new[] { Host.Key, Host.Supplement.Key })
        {
            Assert.InRange(CountSum.Add(key, isBad: false, CountEntry.MaxQuarters, CountEntry.MaxQuarters, out _, out _), 1u, CountEntry.MaxQuarters);
        }

        Assert.Equal(CountEntry.MaxQuarters, CountSum.Add(Host.Key, isBad: true, CountEntry.MaxQuarters, 3, out var further, out _));
        Assert.Equal(0u, further);
    }
}
