using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Throttle;

public sealed class LedgerFileTests : IDisposable
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private readonly FakeTimeProvider _time = new();
    private readonly TemporaryFolder _directory = new();
    private readonly string _path;

    public LedgerFileTests() => _path = _directory.File("ledger.snapshot");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_snapshot_is_read_back_as_it_was_written()
    {
        var random = new Random(11);
        var ledger = New();
        var hosts = Enumerable.Range(0, 20_000).Select(_ => new IpBlock((ulong)random.NextInt64(), BlockLevel.Host)).ToArray();
        foreach (var host in hosts)
        {
            _time.Advance(TimeSpan.FromMilliseconds(random.Next(500)));
            ledger.Register(host, (ulong)random.NextInt64(), toPostmaster: false, Now);
            ledger.Raise([new SnapshotRow(host.Key, random.Next(10), random.Next(10), random.Next(2), random.Next(2))], Now);
        }

        LedgerFile.Write(ledger, _path, Now);
        var restored = New();
        Assert.Equal(new SnapshotReading(ledger.Rows, TimeSpan.Zero, null), LedgerFile.Read(restored, _path, _ => Now));
        Assert.Equal(ledger.Rows, restored.Rows);
        Assert.All(hosts, host => Assert.Equal(ledger.Read(host, Now), restored.Read(host, Now)));
        Assert.All(hosts, host => Assert.Equal(ledger.ReadBadRecipients(host, Now), restored.ReadBadRecipients(host, Now)));
        Assert.False(File.Exists(LedgerFile.TemporaryPath(_path)));
    }

    [Fact]
    public void Counts_decay_over_the_downtime()
    {
        WriteOne();
        _time.Advance(TimeSpan.FromMinutes(30));
        var restored = New();
        var reading = LedgerFile.Read(restored, _path, _ => Now);
        Assert.Equal((3, TimeSpan.FromMinutes(30)), (reading.Rows, reading.Age));
        var counts = restored.Read(Host, Now);
        Assert.Equal(8 / Math.E, counts.Own, 0.001);
        Assert.Equal(8 / Math.Exp(1 / 24.0), counts.Slow, 0.001);
    }

    [Theory]
    [InlineData(12, 0)] // all rows are dead
    [InlineData(3650, 0)] // a stamp could mean another year
    public void After_a_long_downtime_no_counts_are_left(int days, int rows)
    {
        WriteOne();
        _time.Advance(TimeSpan.FromDays(days));
        var restored = New();
        Assert.Equal(new SnapshotReading(rows, TimeSpan.FromDays(days), null), LedgerFile.Read(restored, _path, _ => Now));
        Assert.Equal(0, restored.Rows);
    }

    [Fact]
    public void A_snapshot_from_the_future_counts_as_of_now()
    {
        WriteOne();
        var now = Now - (5 * 3_600_000);
        var restored = New();
        Assert.Equal(3, LedgerFile.Read(restored, _path, _ => now).Rows);
        Assert.Equal(8, restored.Read(Host, now).Own);
        Assert.Equal(8 / Math.E, restored.Read(Host, now + 1_800_000).Own, 0.001);
    }

    [Fact]
    public void A_missing_file_is_not_an_error()
    {
        Assert.Equal(new SnapshotReading(0, TimeSpan.Zero, null), LedgerFile.Read(New(), _path, _ => Now));
        Assert.Equal(new SnapshotReading(0, TimeSpan.Zero, null), LedgerFile.Read(New(), Path.Combine(_directory.Path, "none", "x"), _ => Now));
    }

    [Fact]
    public void A_file_torn_at_any_octet_is_refused_whole()
    {
        WriteOne();
        var whole = File.ReadAllBytes(_path);
        for (var length = 0; length < whole.Length; length++)
        {
            AssertRefused(whole[..length]);
        }
    }

    [Fact]
    public void A_file_with_any_bit_flipped_or_octets_added_is_refused_whole()
    {
        WriteOne();
        var whole = File.ReadAllBytes(_path);
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            AssertRefused(damaged);
        }

        AssertRefused([.. whole, 0]);
        AssertRefused([.. whole, .. new byte[8]]);
        AssertRefused([.. whole, .. whole]);
    }

    [Fact]
    public void A_foreign_file_is_refused()
    {
        AssertRefused("Received: from example.org\r\n"u8.ToArray());
        AssertRefused(new byte[100_000]);
        var random = new Random(12);
        var noise = new byte[4096];
        random.NextBytes(noise);
        AssertRefused(noise);
    }

    [Fact]
    public void The_file_of_an_interrupted_write_is_removed_and_the_old_snapshot_is_used()
    {
        WriteOne();
        File.WriteAllText(LedgerFile.TemporaryPath(_path), "half");
        Assert.Equal(3, LedgerFile.Read(New(), _path, _ => Now).Rows);
        Assert.False(File.Exists(LedgerFile.TemporaryPath(_path)));
    }

    [Fact]
    public void A_new_snapshot_replaces_the_old_one()
    {
        WriteOne();
        var ledger = New();
        Count(ledger, 1);
        LedgerFile.Write(ledger, _path, Now);
        var restored = New();
        LedgerFile.Read(restored, _path, _ => Now);
        Assert.Equal(1, restored.Read(Host, Now).Own);
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private CountingEngine New() => new(CountingLimits.Default with { MaxRows = 100_000 }, Now);

    private void Count(CountingEngine engine, int units)
    {
        for (var i = 0; i < units; i++)
        {
            engine.Register(Host, (ulong)(i + 1) << 60, toPostmaster: false, Now);
        }
    }

    private void WriteOne()
    {
        var ledger = New();
        Count(ledger, 8);
        LedgerFile.Write(ledger, _path, Now);
    }

    private void AssertRefused(byte[] octets)
    {
        File.WriteAllBytes(_path, octets);
        var ledger = New();
        var reading = LedgerFile.Read(ledger, _path, _ => Now);
        Assert.NotNull(reading.Fault);
        Assert.Equal((0, 0), (reading.Rows, ledger.Rows));
    }
}
