namespace ThrottleNet.MxNode.Relay;

/// <summary>What the relay writes to the log: event ids 3000 to 3999. Next hops are named, people never are.</summary>
internal static partial class RelayLog
{
    [LoggerMessage(3000, LogLevel.Debug, "Session with {NextHop} opened")]
    public static partial void SessionOpened(ILogger logger, string nextHop);

    [LoggerMessage(3001, LogLevel.Debug, "Session with {NextHop} runs on {Protocol}, {CipherSuite}; its certificate is proved: {Proof}")]
    public static partial void TlsVerified(ILogger logger, string nextHop, string protocol, string cipherSuite, string proof);

    [LoggerMessage(3002, LogLevel.Information, "Session with {NextHop} runs on {Protocol}, {CipherSuite}; its certificate is not valid: {Problem}")]
    public static partial void TlsUnverified(ILogger logger, string nextHop, string protocol, string cipherSuite, string problem);

    [LoggerMessage(3003, LogLevel.Information, "{NextHop} offers TLS, but the handshake failed ({Reason}); going on without")]
    public static partial void TlsFailed(ILogger logger, string nextHop, string reason);

    [LoggerMessage(3004, LogLevel.Warning, "{NextHop} or somebody in between added plaintext before TLS; it was dropped")]
    public static partial void PlaintextInjected(ILogger logger, string nextHop);

    [LoggerMessage(3005, LogLevel.Information, "{NextHop} offers XCLIENT and refuses it ({Reason}); going on without")]
    public static partial void XclientRefused(ILogger logger, string nextHop, string reason);

    [LoggerMessage(3006, LogLevel.Information, "No session with {NextHop}: {Reason}")]
    public static partial void NoSession(ILogger logger, string nextHop, string reason);

    [LoggerMessage(3007, LogLevel.Debug, "A kept session with {NextHop} was stale: {Reason}; replaced")]
    public static partial void StaleReplaced(ILogger logger, string nextHop, string reason);

    [LoggerMessage(3008, LogLevel.Information, "Session with {NextHop} lost: {Reason}")]
    public static partial void SessionLost(ILogger logger, string nextHop, string reason);

    [LoggerMessage(3009, LogLevel.Warning, "Possible duplicate: {NextHop} got a whole message and its answer was lost ({Reason}); the sender will try again")]
    public static partial void PossibleDuplicate(ILogger logger, string nextHop, string reason);

    [LoggerMessage(3012, LogLevel.Warning, "{Host} refuses this relay itself at {Stage}: {Said}, naming {List}; refusals since the start: {Count}. Its mail is deferred. Look this node's address up in that list and ask for removal, or ask the destination to take mail from this relay")]
    public static partial void RefusedForItsName(ILogger logger, string host, string stage, string said, string list, long count);

    [LoggerMessage(3013, LogLevel.Information, "{NextHop} takes no more sessions at a time than {Sessions}; the others wait")]
    public static partial void SessionsLimited(ILogger logger, string nextHop, int sessions);

    [LoggerMessage(3014, LogLevel.Debug, "{NextHop} does not offer DSN: NOTIFY, ORCPT, RET and ENVID were dropped (RFC 3461)")]
    public static partial void DsnDropped(ILogger logger, string nextHop);

    [LoggerMessage(3015, LogLevel.Information, "{NextHop} offers CHUNKING and refuses BDAT ({Reason}); its mail goes by DATA for some minutes. To use DATA always, set Relay:Chunking to false")]
    public static partial void ChunkingFailed(ILogger logger, string nextHop, string reason);

    [LoggerMessage(3016, LogLevel.Warning, "No mail goes to {NextHop}: {Reason}; failures in the last hour: {Times}. Another mail exchanger of the domain is tried, else its mail is deferred. The domain's owner must mend the certificate, the TLSA records or the MTA-STS policy")]
    public static partial void PolicyBroken(ILogger logger, string nextHop, string reason, long times);

    [LoggerMessage(3017, LogLevel.Information, "{NextHop} would be refused if the MTA-STS policy of its domain were enforced: {Reason}")]
    public static partial void TestedPolicyBroken(ILogger logger, string nextHop, string reason);

    [LoggerMessage(3018, LogLevel.Error, "Relay:Arc:Key: {File} cannot be read ({Cause}); the key before it stays in use, and without one messages are not sealed; correct the file and send SIGHUP")]
    public static partial void ArcKeyNotRead(ILogger logger, string file, string cause);

    [LoggerMessage(3010, LogLevel.Error, "The text of a message could not be read again: {Reason}")]
    public static partial void TextNotReadable(ILogger logger, string reason);

    [LoggerMessage(3011, LogLevel.Information, "Removed files that an earlier run left in the spool: {Count}")]
    public static partial void LeftoversRemoved(ILogger logger, int count);
}
