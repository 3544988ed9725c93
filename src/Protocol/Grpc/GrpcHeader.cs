namespace ThrottleNet.Protocol.Grpc;

/// <summary>Names and values of the headers that gRPC adds to HTTP/2 (gRPC, doc/PROTOCOL-HTTP2.md).</summary>
public static class GrpcHeader
{
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string ContentType = "application/grpc";
    public const string Identity = "identity";
    public const string Gzip = "gzip";

    /// <summary>The value of grpc-accept-encoding: what every reader here unpacks.</summary>
    public const string Accepted = "identity,gzip";

    /// <summary>Whether a content-type is gRPC with Protocol Buffers; not gRPC-Web, which is another protocol, nor gRPC with JSON.</summary>
    public static bool IsGrpc(string? contentType) =>
        contentType is not null
        && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && contentType[ContentType.Length..].Split(';')[0].Trim() is "" or "+proto";

    /// <summary>Whether a grpc-encoding says gzip; false for none and identity, null for one that is not known.</summary>
    public static bool? IsGzip(string? encoding) => encoding switch
    {
        null or "" or Identity => false,
        Gzip => true,
        _ => null,
    };
}
