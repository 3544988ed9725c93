using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Keeps the kernel's table, the stored file and the drop table alike. At start it makes the kernel's table with the stored hosts; when
/// another program removed the table, it makes it again; at a clean stop it deletes the table. After a kill the kernel's elements end by
/// their own timeouts. A failing nft is tried again after growing pauses.
/// </summary>
internal sealed class DropSetKeeper : PeriodicService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly DropTable _table;
    private readonly DropFile _file;
    private readonly Nft _program;
    private readonly GuardLog _log;
    private readonly string _name;
    private readonly NftScript _script;
    private readonly ComponentHealth _nft;
    private readonly ComponentHealth _disk;
    private bool _made;
    private long _looked;

    public DropSetKeeper(GuardOptions options, DropTable table, DropFile file, Nft nft, NodeHealth health, GuardLog log)
        : base("guard drop set", Interval, health)
    {
        (_table, _file, _program, _log) = (table, file, nft, log);
        _name = options.DropSet!;
        _script = new NftScript(_name, options.Ports);
        _nft = health.Of("guard drop set (nft)", LookInterval, LongestPause);
        _disk = health.Of("guard drop set (file)", LookInterval, LongestPause);
    }

    /// <exception cref="StartException">The table cannot be made, or another program's table has its name.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var (existing, _) = await _program.RunAsync(_script.ListTable);
        if (existing is not null && !existing.Contains(NftScript.Mark, StringComparison.Ordinal))
        {
            throw new StartException($"Guard:DropSet: the table inet {_name} exists and is not the guard's; choose a name that no other table has");
        }

        try
        {
            foreach (var host in _file.Read())
            {
                _table.Restore(host);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.NotRestored(_file.Path, e.Message);
        }

        if (await MakeAsync() is { } error)
        {
            throw NotPossible(_name, error);
        }

        _made = true;
        _looked = Time.GetTimestamp();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Tries whether the table could be made, without making it.</summary>
    /// <exception cref="StartException">It could not.</exception>
    public static async Task ExpectPossibleAsync(GuardOptions options, TimeProvider time)
    {
        var script = new NftScript(options.DropSet!, options.Ports);
        var (_, error) = await new Nft(time).RunAsync(script.Make([], time.GetUtcNow()), isTrial: true);
        if (error is not null)
        {
            throw NotPossible(options.DropSet!, error);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_made)
        {
            await StoreAsync();
            await _program.RunAsync(_script.Delete);
        }
    }

    private static StartException NotPossible(string table, string error) =>
        new($"Guard:DropSet: the table inet {table} cannot be made ({error}); install nftables and give the node CAP_NET_ADMIN, or leave DropSet out");

    protected override async Task TickAsync(CancellationToken stopping)
    {
        try
        {
            await TickAsync();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The changes may be lost, so the whole table is made again. The mail server is answered all the same.
            Report(e.Message);
        }
    }

    private async Task TickAsync()
    {
        if (_nft.IsFailing)
        {
            if (_nft.IsDue)
            {
                Report(await MakeAsync());
            }

            return;
        }

        await ApplyAsync();
        if (Time.GetElapsedTime(_looked) >= LookInterval)
        {
            _looked = Time.GetTimestamp();
            await LookAsync();
        }
    }

    private async Task ApplyAsync()
    {
        var (added, removed) = _table.TakeChanges();
        if (added.Count + removed.Count > 0)
        {
            var (_, error) = await _program.RunAsync(_script.Change(added, removed, Time.GetUtcNow()));
            Report(error);
            foreach (var host in error is null ? added : [])
            {
                _log.Dropped(host.Block.ToString(), host.Until);
            }
        }

        if (added.Count + removed.Count > 0 || _disk is { IsFailing: true, IsDue: true })
        {
            await StoreAsync();
        }
    }

    // Another program may have loaded a firewall of its own, and flushed this table.
    private async Task LookAsync()
    {
        var (rules, _) = await _program.RunAsync(_script.List);
        if (rules?.Contains(NftScript.Mark, StringComparison.Ordinal) != true)
        {
            _log.TableGone(_name);
            Report(await MakeAsync());
        }
    }

    private async Task<string?> MakeAsync()
    {
        _table.TakeChanges();
        var hosts = _table.Hosts();
        var (_, error) = await _program.RunAsync(_script.Make(hosts, Time.GetUtcNow()));
        if (error is null)
        {
            _log.TableMade(_name, hosts.Count);
        }

        return error;
    }

    private void Report(string? error)
    {
        if (error is null)
        {
            _nft.Worked();
        }
        else if (_nft.Failed(error))
        {
            _log.NftFailed(error);
        }
    }

    private async Task StoreAsync()
    {
        try
        {
            await DiskThread.RunAsync(() => _file.Write(_table.Hosts()));
            _disk.Worked();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_disk.Failed(e.Message))
            {
                _log.NotStored(_file.Path, e.Message);
            }
        }
    }
}
