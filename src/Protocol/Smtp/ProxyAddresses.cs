using System.Net;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The ends of the connection that a proxy passes on.</summary>
/// <param name="Source">The client.</param>
/// <param name="Destination">Where the client connected to.</param>
public sealed record ProxyAddresses(IPEndPoint Source, IPEndPoint Destination);
