namespace ThrottleNet.Protocol.Grpc;

/// <summary>The codes of grpc-status (gRPC, doc/statuscodes.md).</summary>
public enum GrpcStatusCode
{
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

/// <summary>How a call ended: the code, and a text for people.</summary>
public readonly record struct GrpcStatus(GrpcStatusCode Code, string Message)
{
    /// <summary>The call went well.</summary>
    public static GrpcStatus Ok { get; } = new(GrpcStatusCode.Ok, "");

    /// <summary>The status in the wire form of grpc-status and grpc-message; a code outside the table is Unknown.</summary>
    public static GrpcStatus Parse(string code, string? encodedMessage)
    {
        var message = encodedMessage is null ? "" : PercentText.Decode(encodedMessage);
        return int.TryParse(code, System.Globalization.NumberStyles.None, null, out var number) && number <= (int)GrpcStatusCode.Unauthenticated
            ? new GrpcStatus((GrpcStatusCode)number, message)
            : new GrpcStatus(GrpcStatusCode.Unknown, $"grpc-status {code}: {message}");
    }

    /// <summary>What an HTTP status says of a call whose answer has no grpc-status (gRPC, doc/http-grpc-status-mapping.md).</summary>
    public static GrpcStatus FromHttp(int httpStatus) => new(
        httpStatus switch
        {
            400 => GrpcStatusCode.Internal,
            401 => GrpcStatusCode.Unauthenticated,
            403 => GrpcStatusCode.PermissionDenied,
            404 => GrpcStatusCode.Unimplemented,
            429 or 502 or 503 or 504 => GrpcStatusCode.Unavailable,
            _ => GrpcStatusCode.Unknown,
        },
        $"HTTP status {httpStatus} without a grpc-status");

    /// <summary>What the error code of an HTTP/2 RST_STREAM or GOAWAY says of a call that it broke off (gRPC, doc/PROTOCOL-HTTP2.md, Errors).</summary>
    public static GrpcStatus FromHttp2Error(long errorCode) => new(
        errorCode switch
        {
            0x0 => GrpcStatusCode.Unavailable, // NO_ERROR: a server that shuts down has closed the connection
            0x7 => GrpcStatusCode.Unavailable, // REFUSED_STREAM: not processed, may be tried again
            0x8 => GrpcStatusCode.Cancelled, // CANCEL
            0xb => GrpcStatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
            0xc => GrpcStatusCode.PermissionDenied, // INADEQUATE_SECURITY
            _ => GrpcStatusCode.Internal,
        },
        $"the peer closed the call with HTTP/2 error 0x{errorCode:x}");
}
