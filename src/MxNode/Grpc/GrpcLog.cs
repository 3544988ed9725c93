namespace ThrottleNet.MxNode.Grpc;

internal static partial class GrpcLog
{
    [LoggerMessage(EventId = 3100, Message = "gRPC {Method}: the call broke off")]
    public static partial void CallBroken(ILogger logger, LogLevel level, string method, Exception exception);

    [LoggerMessage(3101, LogLevel.Error, "gRPC {Method}: the handler failed")]
    public static partial void HandlerFailed(ILogger logger, string method, Exception exception);
}
