namespace ThrottleNet.Protocol.Grpc;

/// <summary>What both sides of a call may choose.</summary>
public sealed record GrpcOptions
{
    /// <summary>
    /// Octets of one message, sent or received, uncompressed. 4 MiB is what every gRPC implementation takes by default, so
    /// that a message we send is taken, and a peer cannot make us hold more.
    /// </summary>
    public int MaxMessageSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>Whether messages are sent in gzip, to a peer that takes it. Received ones are always unpacked.</summary>
    public bool Compress { get; init; }
}
