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
    public void An_attachment_is_restored_with_the_counts_of_its_snapshot(int length)
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
    public void When_counts_are_too_old_to_restore_the_attachment_is_dropped_too()
    {
        var path = _folder.File("ledger");
        LedgerFile.Write(New(), path, Now, [1, 2, 3]);
        _time.Advance(TimeSpan.FromDays(36));
        Assert.True(LedgerFile.Read(New(), path, _ => Now).Attachment.IsEmpty);
    }

    private CountingEngine New() => new(CountingLimits.Default, Now);
}
