using System.Net;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Cluster.Members;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Cluster;

public sealed class MembershipTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CapturedLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_change_by_a_reader_of_an_old_version_fails()
    {
        var table = Table();
        var before = (await table.ReadAll()).Version;
        Assert.True(await table.InsertRow(Entry(1), before.Next()));
        Assert.False(await table.InsertRow(Entry(2), before.Next()));
        var data = await table.ReadAll();
        Assert.False(await table.InsertRow(Entry(1), data.Version.Next())); // the row is there
        var (entry, etag) = Assert.Single(data.Members);
        entry.Status = SiloStatus.Active;
        Assert.False(await table.UpdateRow(entry, "0", data.Version.Next()));
        Assert.True(await table.UpdateRow(entry, etag, data.Version.Next()));
        Assert.Equal(SiloStatus.Active, Assert.Single((await Table().ReadAll()).Members).Item1.Status);
    }

    [Fact]
    public async Task Writers_at_the_same_time_lose_no_row()
    {
        await Task.WhenAll(Enumerable.Range(1, 8).Select(port => Task.Run(async () =>
        {
            var table = Table();
            while (!await table.InsertRow(Entry(port), (await table.ReadAll()).Version.Next()))
            {
                // Another writer was faster.
            }
        })));
        Assert.Equal(8, (await Table().ReadAll()).Members.Count);
    }

    [Fact]
    public async Task A_list_that_is_lost_or_unreadable_is_said_at_once_and_once_a_minute()
    {
        var logging = new LoggerFactory([_log]);
        var time = new FakeTimeProvider();
        var state = new MemberListState(new ClusterLog(new Logger<ClusterLog>(logging)), new NodeHealth(time, new Logger<NodeHealth>(logging)));
        IMembershipTable table = new WatchedMembershipTable(Table(), "file:x", state);
        Assert.True(await table.InsertRowAsync(Entry(1), (await table.ReadAllAsync(default)).Version.Next(), default));
        File.Delete(_folder.File("members.json"));
        await table.ReadAllAsync(default);
        await table.ReadAllAsync(default);
        Assert.Single(_log.Lines, l => l.Event == 9011);
        Assert.True(state.HasFault);
        time.Advance(TimeSpan.FromMinutes(1));
        await table.ReadAllAsync(default);
        Assert.Equal(2, _log.Lines.Count(l => l.Event == 9011));
        _folder.Write("members.json", "no list");
        await Assert.ThrowsAnyAsync<Exception>(() => table.ReadAllAsync(default));
        await Assert.ThrowsAnyAsync<Exception>(() => table.ReadAllAsync(default));
        Assert.Single(_log.Lines, l => l.Event == 9009);
        File.Delete(_folder.File("members.json"));
        Assert.True(await table.InsertRowAsync(Entry(1), (await Table().ReadAll()).Version.Next(), default));
        await table.ReadAllAsync(default);
        Assert.Single(_log.Lines, l => l.Event == 9010);
        Assert.False(state.HasFault);
    }

    // Nodes of two versions read and write one list during an upgrade.
    [Fact]
    public async Task The_list_has_the_octets_of_earlier_versions_and_theirs_is_read()
    {
        const string Stored = """
            {"Version":1,"Rows":[{"Silo":"127.0.0.1:1@1","Name":"a|1|1|0","HostName":"here","Status":2,"Suspects":[],"Started":"0001-01-01T00:00:00","IAmAlive":"0001-01-01T00:00:00","Etag":1}]}
            """;
        var table = Table();
        Assert.True(await table.InsertRow(Entry(1), (await table.ReadAll()).Version.Next()));
        Assert.Equal(Stored, await File.ReadAllTextAsync(_folder.File("members.json")));
        Assert.Equal("a|1|1|0", Assert.Single((await Table().ReadAll()).Members).Item1.SiloName);
    }

    private static MembershipEntry Entry(int port) => new()
    {
        SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), 1),
        SiloName = "a|1|1|0",
        HostName = "here",
        Status = SiloStatus.Joining,
        SuspectTimes = [],
    };

    private FileMembershipTable Table() => new(_folder.File("members.json"), TimeProvider.System);
}
