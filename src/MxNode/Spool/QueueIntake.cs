using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Takes messages into the queue: a client's, and those that the node writes itself.</summary>
internal sealed class QueueIntake(MessageQueue queue, DeliverySchedule schedule)
{
    /// <summary>Stores a message and has it delivered at once.</summary>
    /// <inheritdoc cref="MessageQueue.AddAsync"/>
    public async Task<QueueId> AddAsync(Func<QueueId, QueuedEnvelope> envelope, OutgoingMessage text)
    {
        var entry = await queue.AddAsync(envelope, text);
        schedule.Add(entry);
        return entry.Id;
    }
}
