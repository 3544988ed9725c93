namespace ThrottleNet.MxNode.Cluster.Members;

/// <summary>
/// The list of members, with what an operator has to know of it: that it cannot be reached, that it can be reached again, that it was lost, and that two
/// nodes have one name.
/// Nodes that run go on without it.
/// </summary>
internal sealed class WatchedMembershipTable(IMembershipTable table, string place, MemberListState state) : IMembershipTable
{
    private MembershipEntry? _own;

    public Task InitializeMembershipTable(bool tryInitTableVersion) => WatchAsync(async () =>
    {
        await table.InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);
        return true;
    });

    public Task<MembershipTableData> ReadAll() => WatchAsync(async () =>
    {
        var data = await table.ReadAllAsync(CancellationToken.None);
        if (_own is not { } own)
        {
            state.Answered(place);
        }
        else if (data.TryGet(own.SiloAddress) is null)
        {
            state.Lost(place);
        }
        else if (NamesakeOf(own, data) is { } other)
        {
            state.Namesake(SiloName.NodeOf(own.SiloName), other.SiloAddress.Endpoint.ToString());
        }
        else
        {
            state.Right(place);
        }

        return data;
    });

    public Task<MembershipTableData> ReadRow(SiloAddress key) => WatchAsync(() => table.ReadRowAsync(key, CancellationToken.None));

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => WatchAsync(async () =>
    {
        var inserted = await table.InsertRowAsync(entry, tableVersion, CancellationToken.None);
        _own = inserted ? entry : _own;
        return inserted;
    });

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => WatchAsync(() => table.UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None));

    // Redis refuses the update of a row that it does not have.
    public Task UpdateIAmAlive(MembershipEntry entry) => WatchAsync(
        async () =>
        {
            await table.UpdateIAmAliveAsync(entry, CancellationToken.None);
            return true;
        },
        state.NotUpdated);

    public Task DeleteMembershipTableEntries(string clusterId) => table.DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => WatchAsync(async () =>
    {
        await table.CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);
        return true;
    });

    // The silo of an earlier start of this process has the same address.
    private static MembershipEntry? NamesakeOf(MembershipEntry own, MembershipTableData data) => data.Members.Select(row => row.Item1).FirstOrDefault(
        entry => entry.Status == SiloStatus.Active && !entry.SiloAddress.Endpoint.Equals(own.SiloAddress.Endpoint) && SiloName.NodeOf(entry.SiloName) == SiloName.NodeOf(own.SiloName));

    private async Task<T> WatchAsync<T>(Func<Task<T>> work, Action<string, string>? failed = null)
    {
        try
        {
            var result = await work();
            state.Answered(place);
            return result;
        }
        catch (Exception e)
        {
            (failed ?? state.Unreadable)(place, e.Message);
            throw;
        }
    }
}
