namespace ThrottleNet.MxNode.Cluster;

/// <summary>Keeps a silo running in this process, and passes on what its membership says. Mail goes on whatever happens to it.</summary>
internal sealed class SiloKeeper(
    SiloFactory factory, ShardCalls calls, SiloWatch watch, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    // A silo that ends by a fatal error has usually been declared dead. The other silos then take nothing over from it, and it would wait for them in vain.
    private static readonly TimeSpan FatalStopPatience = TimeSpan.FromSeconds(1);

    /// <summary>Starts one silo after another until it is cancelled.</summary>
    public async Task KeepAsync(CancellationToken cancel)
    {
        var pause = FirstPause;
        while (!cancel.IsCancellationRequested)
        {
            if (await RunAsync(pause, cancel))
            {
                pause = FirstPause;
                continue;
            }

            await Task.Delay(pause, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    // False if the silo did not start, or its members could not be followed; the caller pauses before the next attempt.
    private async Task<bool> RunAsync(TimeSpan pause, CancellationToken cancel)
    {
        var errors = new FatalErrors();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        IHost? silo = null;
        try
        {
            silo = factory.Create(errors);
            await silo.StartAsync(cancel);
        }
        catch (Exception e)
        {
            if (!cancel.IsCancellationRequested)
            {
                watch.Log.NotStarted(e.GetBaseException().Message, pause);
            }

            await StopAsync(silo, StopPatience);
            return false;
        }

        var watching = watch.FollowAsync(silo.Services, ended.Token);
        var first = await Task.WhenAny(errors.Fatal, watching, Cancelled(cancel));
        if (first == errors.Fatal)
        {
            watch.Log.SiloEnded(await errors.Fatal);
        }
        else if (first == watching && !cancel.IsCancellationRequested)
        {
            watch.Log.SiloEnded($"the list of live nodes ended ({watching.Exception?.GetBaseException().Message ?? "no fault"})");
        }

        calls.Silo = cancel.IsCancellationRequested ? calls.Silo : null;
        await ended.CancelAsync();
        await StopAsync(silo, errors.Fatal.IsCompleted ? FatalStopPatience : StopPatience);
        calls.Silo = null;
        return first != watching;
    }

    private static Task Cancelled(CancellationToken cancel)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cancel.Register(() => cancelled.TrySetResult());
        return cancelled.Task;
    }

    private async Task StopAsync(IHost? silo, TimeSpan atMost)
    {
        if (silo is null)
        {
            return;
        }

        using var patience = new CancellationTokenSource(atMost, time);
        try
        {
            await silo.StopAsync(patience.Token);
        }
        catch (Exception e)
        {
            watch.Log.CallFailed(e, "the stop of a silo");
        }

        try
        {
            await ((IAsyncDisposable)silo).DisposeAsync().AsTask().WaitAsync(StopPatience, time);
        }
        catch (Exception e)
        {
            watch.Log.CallFailed(e, "the release of a silo");
        }
    }
}
