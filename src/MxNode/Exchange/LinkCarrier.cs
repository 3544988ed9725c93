using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Exchange;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Carries links: announces each to the core, passes its frames on one at a time, and reports its end.</summary>
internal sealed class LinkCarrier(ExchangeInputs inputs, NodeLinks links, RefusalLog refusals, NodeMetrics metrics, BatchTraces traces)
{
    /// <inheritdoc cref="NodeLinks.NextId"/>
    public LinkId NextId() => links.NextId();

    /// <summary>Carries a link until it ends.</summary>
    /// <param name="link">A new link.</param>
    /// <param name="read">Reads the next message; null at the end.</param>
    /// <param name="write">As in <see cref="PeerLink.RunAsync"/>.</param>
    /// <param name="writeEnd">Ends this side of the stream.</param>
    public async Task CarryAsync(PeerLink link, Func<ValueTask<Frame?>> read, Func<Frame, bool, Task> write, Func<Task> writeEnd)
    {
        await inputs.PostAsync((core, now) =>
        {
            if (links.IsClosed)
            {
                link.Abort();
                return;
            }

            links.Add(link);
            core.LinkUp(now, link.Id, link.Member, link.ConnectedTo);
        });
        try
        {
            if (await link.RunAsync(read, write, writeEnd, (message, size) => ReceiveAsync(link, message, size)) is { } failure)
            {
                refusals.Note(link.Title, failure);
            }
        }
        finally
        {
            // Also after a failure of this code: the core must not take the link for up. From here on no other code uses the link.
            link.Abort();
            await inputs.HandleAsync((core, now) =>
            {
                core.LinkDown(now, link.Id);
                links.Remove(link.Id);
            });
        }
    }

    // Completes when the core has handled the frame; only then is the next frame read. So no link can fill the memory or the queue.
    private async ValueTask ReceiveAsync(PeerLink link, Frame message, int size)
    {
        var isValid = FrameReader.TryRead(message, out var frame);
        metrics.ExchangeReceived(size, frame is DeliveryFrame);
        using var span = frame is DeliveryFrame delivery ? traces.Receive(delivery.Batch.Key, message.Delivery.Trace) : null;
        await inputs.HandleAsync((core, now) =>
        {
            if (isValid)
            {
                core.Receive(now, link.Id, frame, size);
            }
            else
            {
                core.Malformed(now, link.Id);
            }
        });
    }
}
