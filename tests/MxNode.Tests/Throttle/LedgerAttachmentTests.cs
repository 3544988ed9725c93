using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Throttle;

public sealed class LedgerAttachmentTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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
        var path = _folder.File("ledger");
        LedgerSnapshot.Write(ledger, path, octets);

        var reading = LedgerSnapshot.Read(new Ledger(new CountingLimits(), _time), path);

        Assert.Equal((3, null), (reading.Rows, reading.Fault));
        Assert.Equal(octets, reading.Attachment.ToArray());
    }

    [Fact]
    public void Counts_too_old_to_be_restored_leave_what_was_attached_behind()
    {
        var path = _folder.File("ledger");
        LedgerSnapshot.Write(new Ledger(new CountingLimits(), _time), path, [1, 2, 3]);
        _time.Advance(TimeSpan.FromDays(30));
        Assert.True(LedgerSnapshot.Read(new Ledger(new CountingLimits(), _time), path).Attachment.IsEmpty);
    }
}
