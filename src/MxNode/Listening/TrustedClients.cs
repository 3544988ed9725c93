using System.Net;

namespace ThrottleNet.MxNode.Listening;

/// <summary>Tells at accept, before anything is read, whether a client is trusted: a place is kept for it when descriptors run short.</summary>
internal sealed class TrustedClients(Func<IPAddress, bool> contains)
{
    public bool Contains(EndPoint? client) => client is IPEndPoint { Address: var address } && contains(address);
}
