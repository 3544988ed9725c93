using System.Net;

namespace ThrottleNet.MxNode.Listening;

/// <summary>Decides at accept, before any octet is read, whether a client is trusted. Places are reserved for trusted clients when descriptors run short.</summary>
internal sealed class TrustedClients(Func<IPAddress, bool> contains)
{
    public bool Contains(EndPoint? client) => client is IPEndPoint { Address: var address } && contains(address);
}
