using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The settings of the state machine, from the configuration and the endpoint that was bound.</summary>
internal sealed class CoreSettings(ExchangeOptions options, CredentialStore credentials, BoundEndPoints endPoints, IBatchOrder? order = null)
{
    /// <summary>Makes the settings. Called when the node listens, because only then is the port known.</summary>
    public ExchangeSettings Create() => new()
    {
        Network = credentials.Initial.Authority.Network,
        Address = options.Address ?? endPoints.Of(Listener.Exchange).FirstOrDefault(IsCallable)?.ToString() ?? "",
        IsGateway = order is not null,
        Faulty = options.Faulty,
        BatchInterval = (int)options.BatchInterval.TotalMilliseconds,
    };

    private static bool IsCallable(IPEndPoint endPoint) => !endPoint.Address.Equals(IPAddress.Any) && !endPoint.Address.Equals(IPAddress.IPv6Any);
}
