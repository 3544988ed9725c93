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
        var (table, state, time) = Watched(Table());
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

    [Fact]
    public async Task A_list_in_redis_that_was_lost_is_said_although_its_rows_cannot_be_updated()
    {
        var (table, state, _) = Watched(new NoUpdates(Table()));
        Assert.True(await table.InsertRowAsync(Entry(1), (await table.ReadAllAsync(default)).Version.Next(), default));
        File.Delete(_folder.File("members.json"));
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => table.UpdateIAmAliveAsync(Entry(1), default));
            await table.ReadAllAsync(default);
        }

        Assert.True(state.HasFault);
        Assert.Equal([9009, 9011], _log.Lines.Select(l => l.Event));
    }

    [Fact]
    public async Task Two_nodes_of_one_name_are_said_once_they_are_there_for_half_a_minute()
    {
        var (table, state, time) = Watched(Table());
        Assert.True(await table.InsertRowAsync(Entry(1), (await table.ReadAllAsync(default)).Version.Next(), default));
        var other = Entry(2);
        (other.SiloName, other.Status) = ("a|2|2|-", SiloStatus.Active);
        Assert.True(await Table().InsertRow(other, (await Table().ReadAll()).Version.Next()));
        await table.ReadAllAsync(default);
        time.Advance(TimeSpan.FromSeconds(29));
        await table.ReadAllAsync(default);
        Assert.False(state.HasFault);
        time.Advance(TimeSpan.FromSeconds(1));
        await table.ReadAllAsync(default);
        Assert.True(state.HasFault);
        Assert.Contains("the node at 127.0.0.1:2 is called a too", Assert.Single(_log.Lines, l => l.Event == 9015).Message, StringComparison.Ordinal);

        var (row, etag) = (await Table().ReadRow(other.SiloAddress)).Members[0];
        row.Status = SiloStatus.Dead;
        Assert.True(await Table().UpdateRow(row, etag, (await Table().ReadAll()).Version.Next()));
        await table.ReadAllAsync(default);
        Assert.False(state.HasFault);
    }

    [Fact]
    public async Task A_node_that_was_killed_and_starts_again_is_no_namesake_of_itself()
    {
        var (table, state, time) = Watched(Table());
        var earlier = Entry(1);
        (earlier.SiloAddress, earlier.Status) = (SiloAddress.New(earlier.SiloAddress.Endpoint, 0), SiloStatus.Active);
        Assert.True(await Table().InsertRow(earlier, (await Table().ReadAll()).Version.Next()));
        Assert.True(await table.InsertRowAsync(Entry(1), (await table.ReadAllAsync(default)).Version.Next(), default));
        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await table.ReadAllAsync(default);
            Assert.False(state.HasFault);
        }
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

    private (IMembershipTable Table, MemberListState State, FakeTimeProvider Time) Watched(IMembershipTable table)
    {
        var logging = new LoggerFactory([_log]);
        var time = new FakeTimeProvider();
        var state = new MemberListState(new ClusterLog(new Logger<ClusterLog>(logging)), new NodeHealth(time, new Logger<NodeHealth>(logging)));
        return (new WatchedMembershipTable(table, "x", state), state, time);
    }

    private FileMembershipTable Table() => new(_folder.File("members.json"), TimeProvider.System);

    // As Redis does with a row that it does not have.
    private sealed class NoUpdates(IMembershipTable table) : IMembershipTable
    {
        public Task InitializeMembershipTable(bool tryInitTableVersion) => table.InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

        public Task DeleteMembershipTableEntries(string clusterId) => table.DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

        public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => table.CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

        public Task<MembershipTableData> ReadRow(SiloAddress key) => table.ReadRowAsync(key, CancellationToken.None);

        public Task<MembershipTableData> ReadAll() => table.ReadAllAsync(CancellationToken.None);

        public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => table.InsertRowAsync(entry, tableVersion, CancellationToken.None);

        public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => table.UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None);

        public Task UpdateIAmAlive(MembershipEntry entry) => throw new InvalidOperationException("no such row");
    }
}
