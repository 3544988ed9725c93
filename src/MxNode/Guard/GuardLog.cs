using System.Net;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The log of the guard. Event ids 5000 to 5099.</summary>
internal sealed partial class GuardLog(ILogger<GuardLog> logger)
{
    /// <summary>Logs the guard's endpoints, and warns of those that other machines can reach.</summary>
    public void ListensOn(IReadOnlyCollection<IPEndPoint> policy, IReadOnlyCollection<IPEndPoint> http)
    {
        if (policy.Count > 0)
        {
            Listening(string.Join(", ", policy));
        }

        if (http.Count > 0)
        {
            ListeningHttp(string.Join(", ", http));
        }

        foreach (var open in policy.Concat(http).Where(e => !IPAddress.IsLoopback(e.Address)))
        {
            Open(open.ToString());
        }
    }

    [LoggerMessage(5000, LogLevel.Information, "guard: Postfix asks at {EndPoints}")]
    private partial void Listening(string endPoints);

    [LoggerMessage(5006, LogLevel.Information, "guard: mail servers ask by HTTP at {EndPoints}")]
    private partial void ListeningHttp(string endPoints);

    [LoggerMessage(5001, LogLevel.Information, "guard: block {Block}: {Answer} ({Reason})")]
    public partial void Answered(string block, string answer, GuardReason reason);

    [LoggerMessage(5002, LogLevel.Debug, "guard: block {Block}: mail from {Sender} to {Recipient}")]
    public partial void Asked(string block, string sender, string recipient);

    [LoggerMessage(5003, LogLevel.Error, "guard: a request failed and was answered with a deferral; please report this")]
    public partial void Failed(Exception exception);

    [LoggerMessage(5004, LogLevel.Warning, "guard: a connection was closed because {Most} are open already; let a firewall admit only the mail server to Guard:Listen")]
    public partial void TooManyConnections(int most);

    [LoggerMessage(5005, LogLevel.Warning, "guard: {EndPoint} can be reached from other machines, and a client there can have hosts dropped; let a firewall admit the mail servers only")]
    private partial void Open(string endPoint);

    [LoggerMessage(5010, LogLevel.Warning, "guard: relay {Relay} does not answer: {Reason}")]
    public partial void RelayFailed(string relay, string reason);

    [LoggerMessage(5011, LogLevel.Information, "guard: relay {Relay} answers again")]
    public partial void RelayBack(string relay);

    [LoggerMessage(5020, LogLevel.Information, "guard: made the table {Table}; dropped hosts in it: {Hosts}")]
    public partial void TableMade(string table, int hosts);

    [LoggerMessage(5021, LogLevel.Information, "guard: block {Block} is dropped until {Until:u}")]
    public partial void Dropped(string block, DateTimeOffset until);

    [LoggerMessage(5022, LogLevel.Information, "guard: block {Block} is let in again: {Reason}")]
    public partial void LetIn(string block, string reason);

    [LoggerMessage(5023, LogLevel.Error, "guard: nft failed ({Reason}); it is tried again after growing pauses, and hosts to drop are answered 421 meanwhile; check that nftables is installed and the node has CAP_NET_ADMIN")]
    public partial void NftFailed(string reason);

    [LoggerMessage(5024, LogLevel.Warning, "guard: another program removed the table {Table}; it is made again")]
    public partial void TableGone(string table);

    [LoggerMessage(5025, LogLevel.Error, "guard: {File} cannot be written ({Reason}); it is tried again, and a restart before that forgets the dropped hosts")]
    public partial void NotStored(string file, string reason);

    [LoggerMessage(5026, LogLevel.Error, "guard: {File} cannot be read ({Reason}); the hosts dropped before the start are let in")]
    public partial void NotRestored(string file, string reason);
}
