using System.Runtime.InteropServices;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class EngineSnapshotTests
{
    private static readonly IpBlock Host = EngineRig.Of("192.0.2.1");
    private readonly EngineRig _rig = new(faulty: 2);

    [Fact]
    public void Standing_age_sites_and_retries_come_back()
    {
        _rig.Stand(Host);
        var newcomer = EngineRig.Of("192.0.2.7");
        _rig.Advance(TimeSpan.FromHours(5));
        for (var i = 0; i < 15; i++)
        {
            _rig.Attempt(newcomer, $"r{i}");
        }

        _rig.Attempt(Host);
        for (var i = 0; i < 40; i++)
        {
            _rig.Report("us", EngineRig.Of($"192.0.2.{100 + i}"), 1);
        }

        var before = (Describe(Host), Describe(newcomer));
        _rig.Restart();
        Assert.Equal(before, (Describe(Host), Describe(newcomer)));
        Assert.True(_rig.Describe(Host).Standing);
        _rig.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(AttemptKind.Patient, _rig.Register(newcomer, "r14").Kind);
        Assert.Equal(AttemptKind.New, _rig.Register(newcomer, "another").Kind);
    }

    [Fact]
    public void A_file_of_the_first_format_gives_its_hosts_and_their_bad_recipients()
    {
        using var file = FirstFormat(
            (LedgerTable.Hosts, [(Host.Key, 0, 6, 2, 8), (EngineRig.Of("192.0.2.2").Key, 0x8000_0000, 25, 0, 30)]),
            (LedgerTable.Sites, [(Host.Site.Key, 0, 500, 500, 1000)]),
            (LedgerTable.BadRecipients, [(Host.Key, 0, 1, 3, 4)]));
        var reading = _rig.Engine.ReadFrom(file, _rig.Now);
        Assert.Equal(new SnapshotReading(3, TimeSpan.Zero, null), reading);
        Assert.Equal(new BlockCounts(6, 2, 8), _rig.Read(Host));
        Assert.Equal(new BlockCounts(1, 3, 4), _rig.Engine.ReadBadRecipients(Host, _rig.Now));
        Assert.True(_rig.IsRefusedAtConnect(EngineRig.Of("192.0.2.2"), out _));
        Assert.Equal(0, _rig.Describe(Host).Areas[0].NewcomersPerHour);
    }

    [Fact]
    public void Numbers_that_counting_cannot_produce_are_left_out()
    {
        using var file = FirstFormat((LedgerTable.Hosts,
            [(Host.Key, 0, float.NaN, 0, 0), (Host.Key + 1, 0, -1, 0, 0), (Host.Key + 2, 0, 0, float.PositiveInfinity, 0), (0, 0, 1, 1, 1), (Host.Key + 3, 0, 1, 1, 1)]));
        Assert.InRange(_rig.Engine.ReadFrom(file, _rig.Now).Rows, 1, 2); // key 0 is not an address, but may scramble to the key of one
        Assert.Equal(1, _rig.Read(new IpBlock(Host.Key + 3, BlockLevel.Host)).Own);
    }

    private (float, float, float, string, string) Describe(IpBlock host)
    {
        var report = _rig.Describe(host);
        var areas = string.Join(' ', report.Areas.Select(a => $"{a.NewcomersPerHour:f2} {a.WaitingPerHour:f2} {a.StandingPerHour:f2}"));
        return (report.Counts.Own, report.Counts.Others, report.Counts.Slow, areas, $"{report.Standing} {report.Age.TotalHours:f1}");
    }

    private MemoryStream FirstFormat(params (LedgerTable Table, (ulong Key, uint Flags, float Own, float Others, float Slow)[] Rows)[] sections)
    {
        var file = new MemoryStream();
        var crc = new Crc32C();
        Append(new SnapshotFormat.Header(SnapshotFormat.Magic, SnapshotFormat.FirstRowSize, Stamp.TenthsOf(_rig.Now)));
        foreach (var (table, rows) in sections)
        {
            Append(new SnapshotFormat.Section((uint)table, (uint)rows.Length));
            foreach (var row in rows)
            {
                Append(row.Key);
                Append(((ulong)BitConverter.SingleToUInt32Bits(row.Own) << 32) | Stamp.Of(_rig.Now) | row.Flags);
                Append(((ulong)BitConverter.SingleToUInt32Bits(row.Slow) << 32) | BitConverter.SingleToUInt32Bits(row.Others));
            }
        }

        file.Write(MemoryMarshal.AsBytes([new SnapshotFormat.Section(SnapshotFormat.End, crc.Value)]));
        return file;

        void Append<T>(T value)
            where T : unmanaged
        {
            var octets = MemoryMarshal.AsBytes([value]);
            crc.Append(octets);
            file.Write(octets);
        }
    }
}
