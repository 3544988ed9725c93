using System.Net;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>The client that handed a message in, as it is stored. The next hop hears of it as in cut-through.</summary>
internal sealed record QueuedClient(string Address, int Port, string? ReverseName, string Helo, string Protocol, bool IsTrusted, string? Server)
{
    public static QueuedClient Of(ClientFacts client) =>
        new(client.Address.ToString(), client.Port, client.ReverseName, client.Helo, client.Protocol, client.IsTrusted, client.Server?.ToString());

    public ClientFacts ToFacts() => new(IPAddress.Parse(Address), Port, ReverseName, Helo, Protocol)
    {
        IsTrusted = IsTrusted,
        Server = Server is null ? null : IPEndPoint.Parse(Server),
    };
}
