using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Tells log, metrics and throttle what became of queued recipients.</summary>
internal sealed class SpoolEvents(SpoolMetrics metrics, NodeThrottle throttle, ILogger<SpoolEvents> logger)
{
    public ILogger Logger => logger;

    /// <summary>An attempt is over.</summary>
    /// <param name="age">How long the message has been in the queue.</param>
    /// <param name="next">When the deferred recipients are due.</param>
    public void Tried(QueuedEnvelope envelope, IReadOnlyList<RecipientResult> delivered, int failed, IReadOnlyList<RecipientResult> deferred, TimeSpan age, DateTimeOffset next)
    {
        foreach (var group in delivered.GroupBy(r => (envelope.Recipients[r.Place].Domain, r.NextHop)))
        {
            SpoolLog.Delivered(logger, envelope.Id, group.Count(), group.Key.Domain, group.Key.NextHop, group.First().Reply.ToString());
        }

        foreach (var group in deferred.GroupBy(r => (envelope.Recipients[r.Place].Domain, Reply: r.Reply.ToString())))
        {
            SpoolLog.Deferred(logger, envelope.Id, group.Count(), group.Key.Domain, next, group.Key.Reply);
        }

        metrics.Tried(delivered.Count, failed, deferred.Count, age);
    }

    /// <summary>Recipients have failed. One that does not exist counts for the client as in cut-through.</summary>
    public void Failed(QueuedEnvelope envelope, IReadOnlyList<RecipientResult> failed, string report, bool isReported)
    {
        metrics.Report(isReported ? "sent" : "dropped");
        foreach (var group in failed.GroupBy(r => (envelope.Recipients[r.Place].Domain, Reply: r.Reply.ToString())))
        {
            SpoolLog.Failed(logger, envelope.Id, group.Count(), group.Key.Domain, group.Key.Reply, report);
        }

        if (envelope.Client is { IsTrusted: false } client)
        {
            var host = IpBlock.Of(IPAddress.Parse(client.Address));
            foreach (var _ in failed.Where(r => RelayReplies.IsUnknownMailbox(r.Reply)))
            {
                throttle.RecipientUnknown(host);
            }
        }
    }
}
