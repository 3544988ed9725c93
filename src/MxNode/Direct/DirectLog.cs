namespace ThrottleNet.MxNode.Direct;

/// <summary>The log of the direct map. Event ids 5100 to 5199. Keys may be addresses of people, so they are logged at debug level only.</summary>
internal sealed partial class DirectLog(ILogger<DirectLog> logger)
{
    [LoggerMessage(5100, LogLevel.Information, "direct: mail servers ask at {EndPoints} (socketmap)")]
    public partial void Listening(string endPoints);

    [LoggerMessage(5101, LogLevel.Debug, "direct: {Request}: {Answer}")]
    public partial void Answered(string request, string answer);

    [LoggerMessage(5102, LogLevel.Warning, "direct: a connection was closed because {Most} are open already; let a firewall admit only the mail server to Direct:Listen")]
    public partial void TooManyConnections(int most);
}
