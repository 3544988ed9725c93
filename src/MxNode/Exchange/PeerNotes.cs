using System.Collections.Concurrent;
using System.Net;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The neighbours' notes about their mail, each while its call lasts, and this node's own. Thread-safe.</summary>
/// <param name="sources">Addresses that this node's mail leaves from.</param>
internal sealed class PeerNotes(IReadOnlyList<IPAddress> sources)
{
    private readonly ConcurrentDictionary<OriginId, (object Call, PeerNote Note)> _notes = [];
    private readonly IReadOnlyList<IPAddress> _own = sources;
    private volatile bool _left;
    private volatile IReadOnlyList<IPAddress> _all = sources;

    /// <summary>Addresses that mail leaves from: of this node, as configured, and of the other nodes of its cluster.</summary>
    public IReadOnlyList<IPAddress> OwnSources => _all;

    /// <summary>Destinations refuse this node for its name.</summary>
    public bool OwnLeftName { get => _left; set => _left = value; }

    /// <summary>The addresses that neighbours see this node call from, each once.</summary>
    public IReadOnlyList<IPAddress> SeenFrom => [.. _notes.Values.Select(entry => entry.Note.SeesUsFrom).OfType<IPAddress>().Distinct()];

    /// <summary>Replaces the addresses that mail of the cluster's nodes leaves from.</summary>
    public void SetClusterSources(IEnumerable<IPAddress> cluster) => _all = [.. _own.Union(cluster.Where(address => !IPAddress.IsLoopback(address)))];

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
