using System.Net;
using ThrottleNet.Cluster.Gateways;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster;

namespace ThrottleNet.MxNode.Tests.Cluster;

public sealed class SnapshotRowsTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("198.51.100.7"));
    private static readonly IpBlock Other = IpBlock.Of(IPAddress.Parse("203.0.113.9"));

    [Fact]
    public void Attempts_charges_and_bad_recipients_are_taken_off_their_host_and_nothing_falls_below_zero()
    {
        SnapshotRow[] rows =
        [
            new(Host.Key, 5, 6, 2, 3) { AttemptsEvident = 1, BadEvident = 2, Age = 7 },
            new(Other.Key, 1, 1, 0, 0),
        ];
        UnreportedCount[] unreported =
        [
            new(new CountEntry(Host.Key, 2 * CountEntry.PerUnit), IsBad: false),
            new(new CountEntry(Host.Supplement.Key, Supplement.OfCharge(2)), IsBad: false),
            new(new CountEntry(Host.Key, CountEntry.PerUnit), IsBad: true),
        ];
        var less = SnapshotRows.Without(rows, unreported);
        Assert.Equal(new SnapshotRow(Host.Key, 2.5, 3.5, 1, 2) { AttemptsEvident = 0, BadEvident = 1, Age = 7 }, less[0]);
        Assert.Equal(rows[1], less[1]);
    }
}
