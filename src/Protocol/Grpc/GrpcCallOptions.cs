namespace ThrottleNet.Protocol.Grpc;

/// <summary>What one call may carry besides its messages.</summary>
public sealed record GrpcCallOptions
{
    /// <summary>The deadline, counted from the call's start and above zero: sent to the server, and kept here too. Null: none.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Custom metadata: names in lower case, ASCII values; the values of names that end in "-bin" in base64.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];
}
