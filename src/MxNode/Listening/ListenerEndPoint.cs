using System.Net;

namespace ThrottleNet.MxNode.Listening;

/// <summary>An endpoint that says which feature listens there, so that the transport knows for whom it accepts.</summary>
internal sealed class ListenerEndPoint(IPEndPoint endPoint, Listener listener) : IPEndPoint(endPoint.Address, endPoint.Port)
{
    public Listener Listener { get; } = listener;
}
