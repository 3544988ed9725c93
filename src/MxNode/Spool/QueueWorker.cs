using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Does what is to be done with a message that is due: a delivery, the reports that it calls for, the message's new state.</summary>
internal sealed class QueueWorker(MessageQueue queue, MessageDelivery delivery, SenderReports reports, SpoolEvents events, TimeProvider time, SpoolOptions options)
{
    private static readonly TimeSpan AfterFault = TimeSpan.FromHours(1);

    // A stored answer, for people.
    private const int MaxAnswer = 400;

    /// <summary>Works on a message.</summary>
    /// <returns>Whether a next hop has answered; null if none was tried.</returns>
    /// <exception cref="OperationCanceledException">The node stops; the message is as before.</exception>
    public async Task<bool?> WorkAsync(QueueEntry entry, CancellationToken stop)
    {
        try
        {
            var loaded = await queue.LoadAsync(entry);
            using var text = loaded.Text;
            var attempt = await delivery.TryAsync(loaded, entry.State, stop);
            await SettleAsync(entry, loaded, attempt.Recipients, stop);
            return attempt.Reached;
        }
        catch (IOException e)
        {
            SpoolLog.NotRead(events.Logger, entry.Id, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            SpoolLog.AttemptFailed(events.Logger, e, entry.Id);
        }

        await queue.ChangeAsync(entry, s => s with { Next = time.GetUtcNow() + AfterFault });
        return null;
    }

    /// <summary>Gives a message up whose time is over, without another attempt: its next hop has just not been reached.</summary>
    public async Task GiveUpAsync(QueueEntry entry, SmtpReply reply, CancellationToken stop)
    {
        var loaded = await queue.LoadAsync(entry);
        using var text = loaded.Text;
        await SettleAsync(entry, loaded, [.. Enumerable.Range(0, entry.Recipients).Where(p => !entry.State.IsDone(p)).Select(p => new RecipientResult(p, reply, ""))], stop);
    }

    public bool IsOver(QueueEntry entry) => entry.AgeNow(time) >= options.MaxAge;

    // What was delivered is stored before anything else may fail. A report is stored before the state that says so: killed in between, the
    // node sends it again.
    private async Task SettleAsync(QueueEntry entry, LoadedMessage message, IReadOnlyList<RecipientResult> results, CancellationToken stop)
    {
        var (isOver, age) = (IsOver(entry), entry.AgeNow(time));
        var delivered = results.Where(r => r.Reply.IsPositive).ToList();
        var failed = results.Where(r => r.Reply.IsPermanent || (isOver && r.Reply.IsTransient)).ToList();
        var deferred = results.Except(delivered).Except(failed).ToList();
        if (delivered.Count > 0 && (failed.Count > 0 || deferred.Count > 0 || SenderReports.RelayedOf(message.Envelope, delivered).Count > 0))
        {
            await queue.ChangeAsync(entry, s => s.With(delivered.Select(r => r.Place), []));
        }

        if (failed.Count > 0 && await reports.FailedAsync(message, failed, isOver, stop) is { } notYet)
        {
            // Whether the sender is proven cannot be found out now.
            SpoolLog.ReportPutOff(events.Logger, entry.Id, notYet);
            deferred.AddRange(failed);
            failed.Clear();
        }

        await reports.RelayedAsync(message, delivered, stop);
        var isLate = deferred.Count > 0 && !entry.State.IsDelayReported && age >= SenderReports.DelayAfter
            && await reports.DelayedAsync(message, deferred, time.GetUtcNow() + options.MaxAge - age, stop);
        var attempts = entry.State.Attempts + 1;
        var next = time.GetUtcNow() + RetrySchedule.After(attempts);
        events.Tried(message.Envelope, delivered, failed.Count, deferred, age, next);
        var done = delivered.Concat(failed).Select(r => r.Place);
        var answers = deferred.Select(r => KeyValuePair.Create(r.Place, Shorten(r)));
        await queue.ChangeAsync(entry, s => s.With(done, answers) with { Attempts = attempts, Next = next, IsDelayReported = s.IsDelayReported || isLate });
    }

    private static string Shorten(RecipientResult result) => result.Reply.ToString() is var text && text.Length > MaxAnswer ? text[..MaxAnswer] : text;
}
