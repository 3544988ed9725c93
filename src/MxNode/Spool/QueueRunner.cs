using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Runs the deliveries. When the node stops, no delivery begins any more, and those under way may end; what is left in the queue is there for
/// the next start.
/// </summary>
internal sealed class QueueRunner(MessageQueue queue, DeliverySchedule schedule, QueueWorker worker, NodeHealth health, ILogger<QueueRunner> logger)
    : KeptService("queue", health)
{
    private static readonly TimeSpan CompactEvery = TimeSpan.FromMinutes(1);

    // After the node was asked to stop, deliveries under way have this long to end.
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private static readonly SmtpReply NotReached = new(451, "4.4.1", "the domain's mail exchangers could not be reached");

    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running = 1; // deliveries under way, and one for the loop that begins them
    private long _compacted = health.Time.GetTimestamp();
    private bool _isLoaded;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Leave();
        await _drained.Task.WaitAsync(DrainTime, Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _abort.CancelAsync();
        await _drained.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        _abort.Dispose();
        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (!_isLoaded)
        {
            _isLoaded = true;
            foreach (var entry in queue.All())
            {
                Schedule(entry);
            }
        }

        await CompactAsync();
        try
        {
            while (true)
            {
                while (!stoppingToken.IsCancellationRequested && schedule.TryStart() is { } entry)
                {
                    Interlocked.Increment(ref _running);
                    _ = Task.Run(() => RunAsync(entry), CancellationToken.None);
                }

                if (Time.GetElapsedTime(_compacted) >= CompactEvery)
                {
                    await CompactAsync();
                    _compacted = Time.GetTimestamp();
                }

                await WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The queue stays as it is for the next start.
        }
    }

    private async Task RunAsync(QueueEntry entry)
    {
        bool? reached = null;
        try
        {
            reached = await worker.WorkAsync(entry, _abort.Token);
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
        catch (IOException e)
        {
            SpoolLog.NotRead(logger, entry.Id, e.Message);
        }
        finally
        {
            schedule.Finish(entry, reached);
            Schedule(entry);
            if (reached == false)
            {
                await GiveUpOldAsync(entry.Domain);
            }

            Leave();
        }
    }

    // Messages of a domain that cannot be reached are not tried one by one, so the old ones among them are given up here.
    private async Task GiveUpOldAsync(string domain)
    {
        foreach (var entry in schedule.TakeReady(domain, worker.IsOver))
        {
            try
            {
                await worker.GiveUpAsync(entry, NotReached, _abort.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                SpoolLog.NotRead(logger, entry.Id, e.Message);
            }

            Schedule(entry);
        }
    }

    private void Schedule(QueueEntry entry)
    {
        if (entry.Pending <= 0 || entry.State.IsHeld)
        {
            return;
        }

        // A clock that was set back must not put a delivery off for longer than a retry would.
        var wait = (entry.State.Next ?? DateTimeOffset.MinValue) - Time.GetUtcNow();
        schedule.Add(entry, wait < TimeSpan.Zero ? TimeSpan.Zero : wait > RetrySchedule.Longest ? RetrySchedule.Longest : wait);
    }

    private async Task CompactAsync()
    {
        try
        {
            await queue.CompactAsync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SpoolLog.NotCompacted(logger, e.Message);
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _drained.TrySetResult();
        }
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        var compact = CompactEvery - Time.GetElapsedTime(_compacted);
        var wait = schedule.UntilNext() is { } next && next < compact ? next : compact;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(schedule.Changes.WaitToReadAsync(late.Token).AsTask(), Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Time, late.Token));
        await late.CancelAsync();
        stop.ThrowIfCancellationRequested();
        schedule.Changes.TryRead(out _);
    }
}
