namespace ThrottleNet.MxNode.Grpc;

/// <summary>What a handler knows of its call besides the messages.</summary>
/// <param name="Http">The request's headers, the client's certificate, and the response's headers and trailers.</param>
/// <param name="Cancel">
/// The call is over: the client has gone, the deadline has passed, or (but for unary calls, which may still be answered) the
/// node is shutting down.
/// </param>
internal sealed record GrpcServerContext(HttpContext Http, CancellationToken Cancel);
