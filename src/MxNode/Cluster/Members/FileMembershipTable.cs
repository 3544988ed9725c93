using System.Globalization;
using System.Text.Json;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Cluster.Members;

/// <summary>
/// The membership of a cluster whose nodes share one machine, in a file. Each change holds a lock file, replaces the whole file, and raises
/// its version; a change by a node that has not read the last version fails, as Orleans requires.
/// </summary>
internal sealed class FileMembershipTable(string path, TimeProvider time) : IMembershipTable
{
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);

    public Task InitializeMembershipTable(bool tryInitTableVersion)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return Task.CompletedTask;
    }

    public async Task<MembershipTableData> ReadAll() => ToData(await InLockAsync(Read));

    public async Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        var table = await InLockAsync(Read);
        return ToData(table with { Rows = [.. table.Rows.Where(r => r.Silo == key.ToParsableString())] });
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        ChangeAsync(tableVersion, rows => rows.TrueForAll(r => r.Silo != entry.SiloAddress.ToParsableString()) ? [.. rows, MemberRow.Of(entry, etag: 1)] : null);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => ChangeAsync(tableVersion, rows =>
    {
        var known = rows.Find(r => r.Silo == entry.SiloAddress.ToParsableString());
        return known is null || Text(known.Etag) != etag ? null : [.. rows.Where(r => r != known), MemberRow.Of(entry, known.Etag + 1)];
    });

    // The time of a sign of life alone; it changes no version.
    public Task UpdateIAmAlive(MembershipEntry entry) => InLockAsync(() =>
    {
        var table = Read();
        Write(table with
        {
            Rows = [.. table.Rows.Select(r => r.Silo == entry.SiloAddress.ToParsableString() ? r with { IAmAlive = entry.IAmAliveTime } : r)],
        });
        return true;
    });

    public Task DeleteMembershipTableEntries(string clusterId) => InLockAsync(() =>
    {
        File.Delete(path);
        return true;
    });

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => InLockAsync(() =>
    {
        var table = Read();
        Write(table with { Rows = [.. table.Rows.Where(r => r.Status != SiloStatus.Dead || r.IAmAlive >= beforeDate.UtcDateTime)] });
        return true;
    });

    private static string Text(long etag) => etag.ToString(CultureInfo.InvariantCulture);

    private static MembershipTableData ToData(MemberFile table) => new(
        [.. table.Rows.Select(r => Tuple.Create(r.ToEntry(), Text(r.Etag)))], new TableVersion(table.Version, Text(table.Version)));

    private Task<bool> ChangeAsync(TableVersion version, Func<List<MemberRow>, List<MemberRow>?> change) => InLockAsync(() =>
    {
        var table = Read();
        if (Text(table.Version) != version.VersionEtag || change([.. table.Rows]) is not { } rows)
        {
            return false;
        }

        Write(new MemberFile(table.Version + 1, rows));
        return true;
    });

    private MemberFile Read() =>
        File.Exists(path) ? JsonSerializer.Deserialize<MemberFile>(File.ReadAllBytes(path)) ?? new MemberFile(0, []) : new MemberFile(0, []);

    private void Write(MemberFile table) => AtomicFile.Write(path, file => JsonSerializer.Serialize(file, table));

    private async Task<T> InLockAsync<T>(Func<T> work)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            try
            {
                using (new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
                {
                    return work();
                }
            }
            catch (IOException) when (time.GetElapsedTime(since) < LockPatience)
            {
                await Task.Delay(LockPause, time);
            }
        }
    }
}
