using System.Net;

namespace ThrottleNet.MxNode.Listening;

/// <summary>An endpoint with the feature that listens there, so that the transport can count its connections for that feature.</summary>
internal sealed class ListenerEndPoint(IPEndPoint endPoint, Listener listener) : IPEndPoint(endPoint.Address, endPoint.Port)
{
    public Listener Listener { get; } = listener;
}
