using ThrottleNet.Protocol.Grpc;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The service of proto/throttlenet/v1/exchange.proto.</summary>
internal static class ExchangeMethods
{
    public static GrpcMethod<Frame, Frame> Link { get; } = new("throttlenet.v1.Exchange", "Link");
}
