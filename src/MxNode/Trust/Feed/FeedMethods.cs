using ThrottleNet.Protocol.Grpc;
using ThrottleNet.Protocol.Trust.Wire;

namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>The service of proto/throttlenet/v1/trust.proto.</summary>
internal static class FeedMethods
{
    public static GrpcMethod<TrustFrame, TrustFrame> Sync { get; } = new("throttlenet.v1.TrustFeed", "Sync");

    /// <summary>Octets of a frame.</summary>
    public static GrpcOptions Options { get; } = new() { MaxMessageSize = 1024 * 1024 };
}
