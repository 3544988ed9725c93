using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Tests;

namespace ThrottleNet.MxNode.Tests.Throttle;

public sealed class LedgerAttachmentTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("throttlenet-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(1001)]
    public void What_is_attached_to_a_snapshot_comes_back_with_its_counts(int length)
    {
        var octets = new byte[length];
        Random.Shared.NextBytes(octets);
        var ledger = new Ledger(new CountingLimits(), _time);
        ledger.AddOwn(IpBlock.Of(IPAddress.Parse("192.0.2.1")), 8, ledger.Now);
        var path = Path.Combine(_folder, "ledger");
        LedgerSnapshot.Write(ledger, path, octets);

        var reading = LedgerSnapshot.Read(new Ledger(new CountingLimits(), _time), path);

        Assert.Equal((3, null), (reading.Rows, reading.Fault));
        Assert.Equal(octets, reading.Attachment.ToArray());
    }

    [Fact]
    public void Counts_too_old_to_be_restored_leave_what_was_attached_behind()
    {
        var path = Path.Combine(_folder, "ledger");
        LedgerSnapshot.Write(new Ledger(new CountingLimits(), _time), path, [1, 2, 3]);
        _time.Advance(TimeSpan.FromDays(30));
        Assert.True(LedgerSnapshot.Read(new Ledger(new CountingLimits(), _time), path).Attachment.IsEmpty);
    }
}
