namespace ThrottleNet.MxNode.Grpc;

internal static partial class GrpcLog
{
    [LoggerMessage(3100, LogLevel.Debug, "gRPC {Method}: the client has gone: {Reason}")]
    public static partial void ClientGone(ILogger logger, string method, string reason);

    [LoggerMessage(3101, LogLevel.Error, "gRPC {Method}: the handler failed")]
    public static partial void HandlerFailed(ILogger logger, string method, Exception exception);
}
