using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Keeps the kernel's table, the file and the drop table in step: made at start with what was dropped before, made again when
/// somebody took it away, gone at a clean stop. After a kill the kernel's elements end by their own time.
/// </summary>
internal sealed class DropSetKeeper(GuardOptions options, DropTable table, DropFile file, GuardLog log, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(15);

    private readonly NftScript _script = new(options.DropSet!, options.Ports);
    private string? _failure;
    private bool _made;

    /// <exception cref="StartException">The table cannot be made, or is another's.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var (there, _) = await Nft.RunAsync(_script.ListTable, time);
        if (there is not null && !there.Contains(NftScript.Mark, StringComparison.Ordinal))
        {
            throw new StartException($"Guard:DropSet: the table inet {options.DropSet} is there and not the guard's; name one that is not there");
        }

        try
        {
            foreach (var host in file.Read())
            {
                table.Restore(host);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.NotRestored(file.Path, e.Message);
        }

        if (await MakeAsync() is { } error)
        {
            throw new StartException($"Guard:DropSet: the table inet {options.DropSet} cannot be made ({error}); install nftables and give the node CAP_NET_ADMIN, or leave DropSet out");
        }

        _made = true;
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_made)
        {
            Store();
            await Nft.RunAsync(_script.Delete, time);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var looked = time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await ApplyAsync();
                if (time.GetElapsedTime(looked) >= LookInterval)
                {
                    looked = time.GetTimestamp();
                    await LookAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task ApplyAsync()
    {
        var (added, removed) = table.TakeChanges();
        if (added.Count + removed.Count == 0)
        {
            return;
        }

        var (_, error) = await Nft.RunAsync(_script.Change(added, removed, time.GetUtcNow()), time);
        Report(error);
        foreach (var host in error is null ? added : [])
        {
            log.Dropped(host.Block.ToString(), host.Until);
        }

        Store();
    }

    // Somebody may have loaded a firewall of his own, flushing this one; and what failed is tried again whole.
    private async Task LookAsync()
    {
        var (rules, _) = await Nft.RunAsync(_script.List, time);
        if (rules?.Contains(NftScript.Mark, StringComparison.Ordinal) == true && _failure is null)
        {
            return;
        }

        if (_failure is null)
        {
            log.TableGone(options.DropSet!);
        }

        Report(await MakeAsync());
    }

    private async Task<string?> MakeAsync()
    {
        table.TakeChanges();
        var hosts = table.Hosts();
        var (_, error) = await Nft.RunAsync(_script.Make(hosts, time.GetUtcNow()), time);
        if (error is null)
        {
            log.TableMade(options.DropSet!, hosts.Count);
        }

        return error;
    }

    // Once for a lasting failure.
    private void Report(string? error)
    {
        if (error is not null && error != _failure)
        {
            log.NftFailed(error);
        }

        _failure = error;
    }

    private void Store()
    {
        try
        {
            file.Write(table.Hosts());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.NotStored(file.Path, e.Message);
        }
    }
}
