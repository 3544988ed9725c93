using Google.Protobuf;

namespace ThrottleNet.Protocol.Grpc;

/// <summary>A method of a service in a .proto file, e.g. ("throttlenet.v1.Exchange", "Gossip"), with the types of its messages.</summary>
public sealed class GrpcMethod<TRequest, TResponse>(string service, string name)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    /// <summary>The HTTP/2 :path of a call.</summary>
    public string Path { get; } = $"/{service}/{name}";

    public MessageParser<TRequest> RequestParser { get; } = new(() => new TRequest());

    public MessageParser<TResponse> ResponseParser { get; } = new(() => new TResponse());
}
