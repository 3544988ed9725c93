namespace ThrottleNet.MxNode.Direct;

/// <summary>What the direct map logs. Event ids 5100 to 5199. Keys may be people's addresses.</summary>
internal sealed partial class DirectLog(ILogger<DirectLog> logger)
{
    [LoggerMessage(5100, LogLevel.Information, "direct: Postfix asks at {EndPoints}, map direct")]
    public partial void Listening(string endPoints);

    [LoggerMessage(5101, LogLevel.Debug, "direct: {Request}: {Answer}")]
    public partial void Answered(string request, string answer);

    [LoggerMessage(5102, LogLevel.Warning, "direct: a connection was closed: {Most} are open already; is Direct:Listen open to others than the mail server?")]
    public partial void TooManyConnections(int most);
}
