namespace ThrottleNet.MxNode.Listening;

/// <summary>The log of the listening sockets. Event ids 200 to 299.</summary>
internal sealed partial class ListeningLog(ILogger<ListeningLog> logger)
{
    [LoggerMessage(200, LogLevel.Information, "descriptors: the limit is {Limit}. At most: SMTP connections {Smtp}, connections of each other endpoint {PerEndpoint}, next hops, filters, peers and long texts {Outgoing}, DNS queries {Queries}")]
    public partial void Shares(int limit, int smtp, int perEndpoint, int outgoing, int queries);

    [LoggerMessage(201, LogLevel.Warning, "Smtp:MaxConnections is {Configured}, but {Cause} allows {Possible}: the node takes {Possible}; {Remedy}")]
    public partial void ConnectionsCapped(int configured, string cause, int possible, string remedy);

    [LoggerMessage(202, LogLevel.Warning, "{Listener}: connections closed at once in the last minute: {Closed}. {Most} are open already, all that the limit of descriptors ({Limit}) allows; raise it (ulimit -n, or LimitNOFILE= in the unit)")]
    public partial void Closed(Listener listener, long closed, int most, int limit);

    [LoggerMessage(203, LogLevel.Error, "{Listener}: no connection can be accepted for lack of descriptors or memory ({Cause}); trying again every {Pause}; raise the limit of descriptors (ulimit -n, or LimitNOFILE= in the unit)")]
    public partial void AcceptPaused(Listener listener, string cause, TimeSpan pause);

    [LoggerMessage(204, LogLevel.Information, "{Listener}: connections are accepted again")]
    public partial void AcceptResumed(Listener listener);
}
