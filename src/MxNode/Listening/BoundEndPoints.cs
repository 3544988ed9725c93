using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ThrottleNet.MxNode.Listening;

/// <summary>
/// The endpoints that this node listens on, by feature. Complete once the host has started: then an endpoint that was configured with port 0
/// has the port that was bound. Before that, the endpoints are as configured.
/// </summary>
internal sealed class BoundEndPoints
{
    private readonly List<(Listener Listener, ListenOptions Options)> _endPoints = [];

    /// <summary>Notes an endpoint while Kestrel is configured, which happens on one thread before the node serves.</summary>
    public void Add(Listener listener, ListenOptions options) => _endPoints.Add((listener, options));

    /// <summary>Where one feature listens; empty when it does not.</summary>
    public IReadOnlyList<IPEndPoint> Of(Listener listener) => [.. _endPoints.Where(e => e.Listener == listener).Select(e => e.Options.IPEndPoint!)];
}
