using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Real.Tests.Grpc;

internal static class EchoMethods
{
    private const string Service = "throttlenet.test.v1.Echo";

    public static GrpcMethod<Ping, Pong> Unary { get; } = new(Service, "Unary");

    public static GrpcMethod<Ping, Pong> ServerStream { get; } = new(Service, "ServerStream");

    public static GrpcMethod<Ping, Pong> ClientStream { get; } = new(Service, "ClientStream");

    public static GrpcMethod<Ping, Pong> Duplex { get; } = new(Service, "Duplex");

    public static GrpcMethod<Ping, Pong> Missing { get; } = new(Service, "Missing");
}
