using System.Collections.Concurrent;
using System.Net;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The neighbours' notes about their mail, each while its call lasts, and this node's own. Thread-safe.</summary>
/// <param name="sources">Addresses that this node's mail leaves from.</param>
internal sealed class PeerNotes(IReadOnlyList<IPAddress> sources)
{
    private readonly ConcurrentDictionary<OriginId, (object Call, PeerNote Note)> _notes = [];
    private volatile bool _left;

    /// <summary>Addresses that this node's mail leaves from, as configured.</summary>
    public IReadOnlyList<IPAddress> OwnSources => sources;

    /// <summary>Destinations refuse this node for its name.</summary>
    public bool OwnLeftName { get => _left; set => _left = value; }

    /// <summary>The addresses that neighbours see this node call from, each once.</summary>
    public IReadOnlyList<IPAddress> SeenFrom => [.. _notes.Values.Select(entry => entry.Note.SeesUsFrom).OfType<IPAddress>().Distinct()];

    public PeerNote? Of(OriginId peer) => _notes.TryGetValue(peer, out var entry) ? entry.Note : null;

    /// <summary>Replaces a neighbour's note.</summary>
    /// <param name="call">The call that it came by.</param>
    public void Set(OriginId peer, object call, PeerNote note) => _notes[peer] = (call, note);

    /// <summary>Removes a neighbour's note when its call ends, unless another call has brought one since.</summary>
    public void Remove(OriginId peer, object call)
    {
        if (_notes.TryGetValue(peer, out var entry) && ReferenceEquals(entry.Call, call))
        {
            _notes.TryRemove(KeyValuePair.Create(peer, entry));
        }
    }
}
