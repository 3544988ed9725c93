using System.Net;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>The answer of one name server of a zone.</summary>
/// <param name="Server">The server's name.</param>
/// <param name="EndPoint">Where it was asked.</param>
/// <param name="Message">Its answer; null if there was none.</param>
internal sealed record ZoneServerAnswer(string Server, IPEndPoint EndPoint, DnsMessage? Message)
{
    /// <summary>"ns.example.net (192.0.2.53:53)".</summary>
    public string Name => $"{Server} ({EndPoint})";
}
