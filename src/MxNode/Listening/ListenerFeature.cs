namespace ThrottleNet.MxNode.Listening;

/// <summary>The feature by whose endpoint a connection came in. Each connection has one; a path's metadata may name the only endpoint that serves it.</summary>
internal sealed record ListenerFeature(Listener Listener)
{
    /// <summary>Whether a request came in by an endpoint of this feature.</summary>
    public static bool CameBy(HttpContext http, Listener listener) => http.Features.Get<ListenerFeature>()?.Listener == listener;
}
