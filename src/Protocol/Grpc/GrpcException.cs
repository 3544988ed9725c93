namespace ThrottleNet.Protocol.Grpc;

/// <summary>A call that ended with another status than OK. Thrown by a server's handler, it becomes the call's status.</summary>
public sealed class GrpcException(GrpcStatus status, Exception? inner = null)
    : Exception($"{status.Code}: {status.Message}", inner)
{
    public GrpcException(GrpcStatusCode code, string message, Exception? inner = null)
        : this(new GrpcStatus(code, message), inner)
    {
    }

    public GrpcStatus Status => status;
}
