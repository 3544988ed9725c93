using Google.Protobuf;
using Grpc.Core;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// Names what was wrong with a message that ended a stream. The gRPC library throws a different exception for each kind of malformed
/// message; broken connections throw exceptions too, and give null here.
/// </summary>
internal static class GrpcMessageFault
{
    /// <summary>A fault in what a calling peer sent; reads on from the peer's name, e.g. "sent an incomplete message".</summary>
    /// <param name="failure">The exception that reading threw.</param>
    /// <param name="maxSize">The limit of a message, octets.</param>
    public static string? OfCaller(Exception failure, int maxSize) => failure switch
    {
        RpcException { StatusCode: StatusCode.ResourceExhausted, Status.Detail: var detail } when detail.Contains("decompression", StringComparison.Ordinal) => $"sent a {detail}",
        RpcException { StatusCode: StatusCode.ResourceExhausted } => $"sent a message larger than {maxSize} octets",
        RpcException { Status.Detail: "Incomplete message." } => "sent an incomplete message",
        RpcException { Status.Detail: "message that is not valid gzip" } => "sent a message that is not valid gzip",
        RpcException { StatusCode: StatusCode.Unimplemented } => "sent a message in an unknown encoding",
        RpcException => "sent a compressed message without naming its encoding",
        InvalidProtocolBufferException => "sent a message that is not a valid Frame",
        InvalidDataException => "sent a message with an unknown compression flag",
        IOException { Message: var text } when text.StartsWith("Message too large", StringComparison.Ordinal) => $"sent a message larger than {maxSize} octets", // over 2 GiB
        _ => null,
    };

    /// <summary>A fault in what a called peer sent. The peer's own text is left out: the peer could otherwise write into this node's log.</summary>
    /// <param name="failure">The exception that reading threw.</param>
    public static string? OfServer(Exception failure) => failure switch
    {
        RpcException { Status.DebugException: InvalidDataException or InvalidProtocolBufferException } => "sent a malformed message",
        RpcException { StatusCode: StatusCode.ResourceExhausted or StatusCode.Internal, Status.DebugException: null } ended => $"ended the link with the status {ended.StatusCode}",
        _ => null,
    };
}
