using Grpc.Core;
using Grpc.Core.Interceptors;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// Turns an exception of a served call into a gRPC status. A fault of the peer or of the connection is no error of this node. All other
/// exceptions are logged here, because the gRPC library's own log is switched off: unknown callers could fill it.
/// </summary>
internal sealed class CallFaults(ExchangeLog log, TimeProvider time) : Interceptor
{
    // A peer may cut off calls without end.
    private readonly LogLimiter<(string Peer, string Method, string Fault)> _faults = new(TimeSpan.FromMinutes(1), time);

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw StatusOf(e, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw StatusOf(e, context);
        }
    }

    // A line for each peer, method and kind of fault, once a minute. The caller's port is left out.
    private bool IsDue(ServerCallContext context, Exception failure) =>
        _faults.Count((context.GetHttpContext().Connection.RemoteIpAddress?.ToString() ?? "", context.Method, failure.GetType().Name)) is not null;

    private RpcException StatusOf(Exception failure, ServerCallContext context)
    {
        switch (failure)
        {
            case var _ when context.CancellationToken.IsCancellationRequested:
                return new RpcException(new Status(StatusCode.Cancelled, "the call was cancelled"));
            case InvalidDataException or Google.Protobuf.InvalidProtocolBufferException:
                return new RpcException(new Status(StatusCode.Internal, "malformed message"));
            case OperationCanceledException or IOException:
                if (IsDue(context, failure))
                {
                    log.CallBroken(context.Method, failure.Message);
                }

                return new RpcException(new Status(StatusCode.Cancelled, "the call was cancelled"));
            default:
                if (IsDue(context, failure))
                {
                    log.HandlerFailed(context.Method, failure);
                }

                return new RpcException(new Status(StatusCode.Unknown, "the handler failed"));
        }
    }
}
