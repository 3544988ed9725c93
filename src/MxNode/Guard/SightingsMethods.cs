using ThrottleNet.Protocol.Grpc;
using ThrottleNet.Protocol.Guard;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The service of proto/throttlenet/v1/guard.proto.</summary>
internal static class SightingsMethods
{
    /// <summary>An address, and four truths: whatever is longer is none of it.</summary>
    public static readonly GrpcOptions Options = new() { MaxMessageSize = 1024 };

    public static GrpcMethod<SightingRequest, Sighting> Ask { get; } = new("throttlenet.v1.Sightings", "Ask");
}
