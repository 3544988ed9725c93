using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Throttle;

public sealed class LedgerAttachmentTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TemporaryFolder _folder = new();

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

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
        var engine = New();
        engine.Register(IpBlock.Of(IPAddress.Parse("192.0.2.1")), 1, toPostmaster: false, Now);
        var path = _folder.File("ledger");
        LedgerFile.Write(engine, path, Now, octets);

        var reading = LedgerFile.Read(New(), path, _ => Now);

        Assert.Equal((3, null), (reading.Rows, reading.Fault));
        Assert.Equal(octets, reading.Attachment.ToArray());
    }

    [Fact]
    public void Counts_too_old_to_be_restored_leave_what_was_attached_behind()
    {
        var path = _folder.File("ledger");
        LedgerFile.Write(New(), path, Now, [1, 2, 3]);
        _time.Advance(TimeSpan.FromDays(36));
        Assert.True(LedgerFile.Read(New(), path, _ => Now).Attachment.IsEmpty);
    }

    private CountingEngine New() => new(CountingLimits.Default, Now);
}
