using System.Threading.Channels;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Runs the deliveries. When the node stops, no delivery begins any more, and those under way may end; what is left in the queue is there for
/// the next start.
/// </summary>
internal sealed class QueueRunner(MessageQueue queue, DeliverySchedule schedule, QueueWorker worker, TimeProvider time, ILogger<QueueRunner> logger) : BackgroundService
{
    private static readonly TimeSpan CompactEvery = TimeSpan.FromMinutes(1);

    // Deliveries under way have so long to end after the node was told to stop.
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private static readonly SmtpReply NotReached = new(451, "4.4.1", "the domain's mail exchangers could not be reached");

    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _abort = new();
    private readonly long _start = time.GetTimestamp();
    private int _running;

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Takes a message that has just been queued.</summary>
    public void Add(QueueEntry entry)
    {
        schedule.Add(entry, Now);
        Signal();
    }

    /// <summary>Tries a message at once.</summary>
    public void Retry(QueueEntry entry)
    {
        schedule.Unblock(entry.Domain);
        Add(entry);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        var from = time.GetTimestamp();
        while (Volatile.Read(ref _running) > 0 && time.GetElapsedTime(from) < DrainTime && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, CancellationToken.None);
        }

        await _abort.CancelAsync();
        while (Volatile.Read(ref _running) > 0 && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, CancellationToken.None);
        }
    }

    public override void Dispose()
    {
        _abort.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var entry in queue.All())
        {
            Schedule(entry);
        }

        var compacted = Now;
        try
        {
            while (true)
            {
                while (!stoppingToken.IsCancellationRequested && schedule.TryStart(Now) is { } entry)
                {
                    Interlocked.Increment(ref _running);
                    _ = Task.Run(() => RunAsync(entry), CancellationToken.None);
                }

                if (Now - compacted >= CompactEvery)
                {
                    await CompactAsync();
                    compacted = Now;
                }

                await WaitAsync(compacted + CompactEvery, stoppingToken);
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
        finally
        {
            schedule.Finish(entry, reached, Now);
            Schedule(entry);
            if (reached == false)
            {
                await GiveUpOldAsync(entry.Domain);
            }

            Interlocked.Decrement(ref _running);
            Signal();
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
        var wait = (entry.State.Next ?? DateTimeOffset.MinValue) - time.GetUtcNow();
        schedule.Add(entry, Now + (wait < TimeSpan.Zero ? TimeSpan.Zero : wait > RetrySchedule.Longest ? RetrySchedule.Longest : wait));
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

    private void Signal() => _signal.Writer.TryWrite(true);

    private async Task WaitAsync(TimeSpan until, CancellationToken stop)
    {
        var due = schedule.NextDue() is { } next && next < until ? next : until;
        var wait = due - Now;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(_signal.Reader.WaitToReadAsync(late.Token).AsTask(), Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, late.Token));
        await late.CancelAsync();
        stop.ThrowIfCancellationRequested();
        _signal.Reader.TryRead(out _);
    }
}
