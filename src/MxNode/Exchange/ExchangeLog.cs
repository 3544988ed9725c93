namespace ThrottleNet.MxNode.Exchange;

/// <summary>The log of the exchange. Event ids 4000 to 4099.</summary>
internal sealed partial class ExchangeLog(ILogger<ExchangeLog> logger)
{
    [LoggerMessage(4000, LogLevel.Information, "exchange: node {Name} of {Operator} in network {Network}, certificate valid until {Until:u}")]
    public partial void CertificateRead(string name, string @operator, string network, DateTime until);

    [LoggerMessage(4001, LogLevel.Warning, "exchange: the certificate was not renewed, and the old one stays in use: {Reason}")]
    public partial void NotRenewed(string reason);

    [LoggerMessage(4002, LogLevel.Warning, "exchange: {File} is for another key, node, operator or network; restart the node to use it")]
    public partial void OtherIdentity(string file);

    [LoggerMessage(4003, LogLevel.Warning, "exchange: {File} can be read by other users than its owner; run: chmod 600 {File}")]
    public partial void KeyOpen(string file);

    [LoggerMessage(4004, LogLevel.Warning, "exchange: this node's certificate expires at {Until:u} (days left: {Days}); renew it (pki issue --renew), or no other node links with this one")]
    public partial void CertificateEnds(DateTime until, int days);

    [LoggerMessage(4005, LogLevel.Error, "exchange: this node's certificate expired at {Until:u}; no other node links with this one until it is renewed (pki issue --renew)")]
    public partial void CertificateEnded(DateTime until);

    [LoggerMessage(4006, LogLevel.Warning, "exchange: by the system's clock this node's certificate is valid only from {From:u} on; set the clock (NTP). The node links with others once it is set")]
    public partial void ClockBeforeCertificate(DateTime from);

    [LoggerMessage(4010, LogLevel.Information, "exchange: peer {Peer} joined at {Address}")]
    public partial void PeerJoined(string peer, string address);

    [LoggerMessage(4011, LogLevel.Information, "exchange: peer {Peer} left: {Reason}")]
    public partial void PeerLeft(string peer, string reason);

    [LoggerMessage(4012, LogLevel.Warning, "exchange: peer {Peer} refused: {Reason}")]
    public partial void PeerRefused(string peer, string reason);

    [LoggerMessage(4014, LogLevel.Warning, "exchange: the clock of {Peer} is {Difference} this node's: counts of more than an hour ago are not counted, at either node; set the wrong clock (NTP). The command peers shows the clocks of all neighbours")]
    public partial void ClockDiffers(string peer, string difference);

    [LoggerMessage(4013, LogLevel.Debug, "exchange: no link to {Address}: {Reason}")]
    public partial void NotConnected(string address, string reason);

    [LoggerMessage(4020, LogLevel.Debug, "exchange: {Fact} of {Origin}: {Detail}")]
    public partial void Fact(string fact, string origin, string detail);

    [LoggerMessage(4021, LogLevel.Error, "exchange: node {Origin} signed two different batches with one number; it is evicted, and its batches are no longer accepted")]
    public partial void Evicted(string origin);

    [LoggerMessage(4025, LogLevel.Warning, "exchange: node {Origin} of {Operator} stays evicted: before this start it signed two different batches with one number")]
    public partial void StaysEvicted(string origin, string @operator);

    [LoggerMessage(4026, LogLevel.Warning, "exchange: {File} cannot be read ({Reason}); the nodes it lists are accepted again until a peer sends the proof")]
    public partial void EvictionsUnusable(string file, string reason);

    [LoggerMessage(4022, LogLevel.Warning, "exchange: the epoch was raised to {Epoch}: peers have batches of this node that it does not remember")]
    public partial void EpochRaised(ulong epoch);

    [LoggerMessage(4023, LogLevel.Error, "exchange: {File} cannot be written: {Reason}")]
    public partial void NotStored(string file, string reason);

    [LoggerMessage(4024, LogLevel.Error, "exchange: an input was not handled; please report this")]
    public partial void Failed(Exception exception);

    [LoggerMessage(4028, LogLevel.Information, "exchange: call {Method} was cut off: {Reason}")]
    public partial void CallBroken(string method, string reason);

    [LoggerMessage(4029, LogLevel.Error, "exchange: call {Method} failed; please report this")]
    public partial void HandlerFailed(string method, Exception exception);

    [LoggerMessage(4030, LogLevel.Debug, "exchange: nodes are up at {Addresses}")]
    public partial void NodesUp(string addresses);

    [LoggerMessage(4031, LogLevel.Debug, "exchange: nodes are no longer up at {Addresses}")]
    public partial void NodesGone(string addresses);
}
