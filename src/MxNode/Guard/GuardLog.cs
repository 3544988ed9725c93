using System.Net;

namespace ThrottleNet.MxNode.Guard;

/// <summary>What the guard logs. Event ids 5000 to 5099.</summary>
internal sealed partial class GuardLog(ILogger<GuardLog> logger)
{
    /// <summary>Tells where the guard listens, and warns where that is too open.</summary>
    public void ListensOn(IReadOnlyCollection<IPEndPoint> endPoints)
    {
        Listening(string.Join(", ", endPoints));
        foreach (var open in endPoints.Where(e => !IPAddress.IsLoopback(e.Address)))
        {
            Open(open.ToString());
        }
    }

    [LoggerMessage(5000, LogLevel.Information, "guard: Postfix asks at {EndPoints}")]
    private partial void Listening(string endPoints);

    [LoggerMessage(5001, LogLevel.Information, "guard: block {Block}: {Answer} ({Reason})")]
    public partial void Answered(string block, string answer, GuardReason reason);

    [LoggerMessage(5002, LogLevel.Debug, "guard: block {Block}: mail from {Sender} to {Recipient}")]
    public partial void Asked(string block, string sender, string recipient);

    [LoggerMessage(5003, LogLevel.Error, "guard: a request was not judged, and deferred; please report this")]
    public partial void Failed(Exception exception);

    [LoggerMessage(5004, LogLevel.Warning, "guard: a connection was closed: {Most} are open already; is Guard:Listen open to others than the mail server?")]
    public partial void TooManyConnections(int most);

    [LoggerMessage(5005, LogLevel.Warning, "guard: {EndPoint} can be reached from other machines; whoever connects there can have hosts dropped: let a firewall admit the mail servers only")]
    private partial void Open(string endPoint);

    [LoggerMessage(5010, LogLevel.Warning, "guard: relay {Relay} does not answer: {Reason}")]
    public partial void RelayFailed(string relay, string reason);

    [LoggerMessage(5011, LogLevel.Information, "guard: relay {Relay} answers again")]
    public partial void RelayBack(string relay);

    [LoggerMessage(5020, LogLevel.Information, "guard: table {Table} is made, {Hosts} hosts are dropped")]
    public partial void TableMade(string table, int hosts);

    [LoggerMessage(5021, LogLevel.Information, "guard: block {Block} is dropped until {Until:u}")]
    public partial void Dropped(string block, DateTimeOffset until);

    [LoggerMessage(5022, LogLevel.Information, "guard: block {Block} is let in again: {Reason}")]
    public partial void LetIn(string block, string reason);

    [LoggerMessage(5023, LogLevel.Error, "guard: nft failed ({Reason}); dropped hosts hear 421 until it works; check that nftables is installed and the node has CAP_NET_ADMIN")]
    public partial void NftFailed(string reason);

    [LoggerMessage(5024, LogLevel.Warning, "guard: table {Table} was taken away, and is made again")]
    public partial void TableGone(string table);

    [LoggerMessage(5025, LogLevel.Error, "guard: {File} cannot be written ({Reason}); a restart would forget the dropped hosts")]
    public partial void NotStored(string file, string reason);

    [LoggerMessage(5026, LogLevel.Error, "guard: {File} cannot be read ({Reason}); nobody is dropped from before")]
    public partial void NotRestored(string file, string reason);

    [LoggerMessage(5027, LogLevel.Error, "guard: dropped hosts could not be looked over, and stay dropped until it works; please report this")]
    public partial void ReleaseFailed(Exception exception);
}
