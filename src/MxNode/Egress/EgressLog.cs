namespace ThrottleNet.MxNode.Egress;

/// <summary>The log of where this node's mail leaves from, and of its name. Event ids 3100 to 3199.</summary>
internal sealed partial class EgressLog(ILogger<EgressLog> logger)
{
    [LoggerMessage(3100, LogLevel.Warning, "Destinations that refuse this relay for its name: {Count} ({Hosts}); it leaves the magic name until that has passed. Look its addresses up in the lists that the warnings before name, ask for removal, or set Relay:SourceAddresses to other addresses")]
    public partial void LeftName(int count, string hosts);

    [LoggerMessage(3101, LogLevel.Information, "Destinations no longer refuse this relay for its name; it is back in the magic name")]
    public partial void BackInName();

    [LoggerMessage(3102, LogLevel.Information, "Peer {Peer} {What}")]
    public partial void PeerName(string peer, string what);

    [LoggerMessage(3103, LogLevel.Debug, "The call for notes with {Peer} ended: {Reason}")]
    public partial void CallEnded(string peer, string reason);

    [LoggerMessage(3104, LogLevel.Warning, "{Difference}")]
    public partial void Differs(string difference);
}
