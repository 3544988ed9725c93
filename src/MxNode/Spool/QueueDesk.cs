namespace ThrottleNet.MxNode.Spool;

/// <summary>What an operator does with queued messages.</summary>
internal sealed class QueueDesk(MessageQueue queue, DeliverySchedule schedule)
{
    public MessageQueue Queue => queue;

    public DeliverySchedule Schedule => schedule;

    /// <summary>Tries a message at once, whatever its next hop did before. A message that was held is released.</summary>
    public async Task RetryAsync(QueueEntry entry)
    {
        await queue.ChangeAsync(entry, s => s with { IsHeld = false, Next = null });
        schedule.Unblock(entry.Domain);
        schedule.Add(entry);
    }

    /// <summary>Holds a message back until it is retried. A delivery under way goes on.</summary>
    public async Task HoldAsync(QueueEntry entry)
    {
        await queue.ChangeAsync(entry, s => s with { IsHeld = true });
        schedule.Remove(entry);
    }

    /// <summary>Removes a message; nobody gets a report. A delivery under way goes on.</summary>
    public async Task DeleteAsync(QueueEntry entry)
    {
        await queue.ChangeAsync(entry, s => s.With(Enumerable.Range(0, entry.Recipients), []));
        schedule.Remove(entry);
    }
}
