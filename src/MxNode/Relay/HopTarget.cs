using System.Net;
using ThrottleNet.MxNode.TlsPolicy;

namespace ThrottleNet.MxNode.Relay;

/// <summary>One address of a mail exchanger to have a session with.</summary>
/// <param name="Host">The mail exchanger.</param>
/// <param name="EndPoint">Address and port.</param>
/// <param name="Tls">What TLS the session must have; the lookup goes on beside the connection.</param>
internal sealed record HopTarget(MxHost Host, IPEndPoint EndPoint, Task<TlsDemand> Tls)
{
    /// <summary>"mail.example.com[192.0.2.1]:25".</summary>
    public string Name => $"{Host.Name}[{EndPoint.Address}]:{EndPoint.Port}";
}
