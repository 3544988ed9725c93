using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;
using Frame = ThrottleNet.Protocol.Exchange.Frame;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The links of this node. Accessed only from the exchange's loop, except <see cref="NextId"/>.</summary>
internal sealed class NodeLinks(RefusalLog refusals, BatchTraces traces)
{
    // The most octets that may wait on all links together. They need not be summed up while no link has more than its share (one of 64).
    private const long MaxQueued = 256 * 1024 * 1024;
    private const long FairShare = MaxQueued / 64;

    private readonly Dictionary<LinkId, PeerLink> _links = [];
    private readonly Dictionary<OriginId, string> _names = [];
    private (Frame? Frame, Protocol.Exchange.Wire.Frame Message, int Size) _written = (null, new(), 0);
    private long _lastId;

    /// <summary>This node is stopping: it refuses new links.</summary>
    public bool IsClosed { get; private set; }

    public int Count => _links.Count;

    /// <summary>A number for a new link. Thread-safe.</summary>
    public LinkId NextId() => new(Interlocked.Increment(ref _lastId));

    public void Add(PeerLink link)
    {
        _links.Add(link.Id, link);
        _names[link.Member.Origin] = link.Title;
    }

    public PeerLink? Find(LinkId id) => _links.GetValueOrDefault(id);

    /// <summary>A node's name, if it has been linked since this node started; null otherwise.</summary>
    public string? NameOf(OriginId origin) => _names.GetValueOrDefault(origin);

    public bool Remove(LinkId id) => _links.Remove(id);

    /// <summary>Says goodbye on all links, after a last batch. From now on new links are refused.</summary>
    public void StopAll(ExchangeCore core, long now)
    {
        if (!IsClosed)
        {
            IsClosed = true;
            core.Stop(now);
        }
    }

    /// <summary>Closes a link after the frames that were sent before.</summary>
    public void Drop(LinkId id)
    {
        if (_links.Remove(id, out var link))
        {
            link.Close();
        }
    }

    /// <summary>Queues a frame on a link.</summary>
    /// <param name="sent">Octets on the wire; 0 if the link has ended.</param>
    /// <returns>A link that was cut because too many octets wait for its reader; null: none.</returns>
    public LinkId? Send(LinkId id, Frame frame, out int sent)
    {
        sent = 0;
        if (!_links.TryGetValue(id, out var link))
        {
            return null;
        }

        // A batch goes to several links as the same frame object, so its message is made once.
        if (!ReferenceEquals(_written.Frame, frame))
        {
            var message = FrameWriter.Write(frame);
            if (frame is DeliveryFrame delivery)
            {
                message.Delivery.Trace = traces.TraceOf(delivery.Batch.Key);
            }

            _written = (frame, message, message.CalculateSize() + PeerLink.FramePrefix);
        }

        sent = _written.Size;
        if (!link.TrySend(_written.Message, _written.Size))
        {
            return CutOff(link);
        }

        return link.Queued > FairShare && _links.Values.Sum(l => l.Queued) > MaxQueued ? CutOff(_links.Values.MaxBy(l => l.Queued)!) : null;
    }

    private LinkId CutOff(PeerLink link)
    {
        refusals.Note(link.Title, "reads too slowly");
        _links.Remove(link.Id);
        link.Abort();
        return link.Id;
    }
}
