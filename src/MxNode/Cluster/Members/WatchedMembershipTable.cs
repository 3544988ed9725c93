namespace ThrottleNet.MxNode.Cluster.Members;

/// <summary>
/// The list of members, with what an operator has to know of it: that it cannot be reached, that it can be reached again, and that it was lost.
/// Nodes that run go on without it.
/// </summary>
internal sealed class WatchedMembershipTable(IMembershipTable table, string place, MemberListState state) : IMembershipTable
{
    private SiloAddress? _own;

    public Task InitializeMembershipTable(bool tryInitTableVersion) => WatchAsync(async () =>
    {
        await table.InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);
        return true;
    });

    public Task<MembershipTableData> ReadAll() => WatchAsync(async () =>
    {
        var data = await table.ReadAllAsync(CancellationToken.None);
        if (_own is { } own && data.TryGet(own) is null)
        {
            state.Lost(place);
        }
        else
        {
            state.Works(place, hasSelf: _own is not null);
        }

        return data;
    });

    public Task<MembershipTableData> ReadRow(SiloAddress key) => WatchAsync(() => table.ReadRowAsync(key, CancellationToken.None));

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => WatchAsync(async () =>
    {
        var inserted = await table.InsertRowAsync(entry, tableVersion, CancellationToken.None);
        _own = inserted ? entry.SiloAddress : _own;
        return inserted;
    });

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => WatchAsync(() => table.UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None));

    public Task UpdateIAmAlive(MembershipEntry entry) => WatchAsync(async () =>
    {
        await table.UpdateIAmAliveAsync(entry, CancellationToken.None);
        return true;
    });

    public Task DeleteMembershipTableEntries(string clusterId) => table.DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => WatchAsync(async () =>
    {
        await table.CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);
        return true;
    });

    private async Task<T> WatchAsync<T>(Func<Task<T>> work)
    {
        try
        {
            var result = await work();
            state.Works(place);
            return result;
        }
        catch (Exception e)
        {
            state.Unreadable(place, e.Message);
            throw;
        }
    }
}
