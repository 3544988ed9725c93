namespace ThrottleNet.MxNode.Content;

/// <summary>What content checks write to the log: event ids 8000 to 8099.</summary>
internal static partial class ContentLog
{
    [LoggerMessage(8000, LogLevel.Error, "Filter {Filter} failed: {Reason}. Until it works again mail {Consequence} (Content:OnFailure); see whether it runs")]
    public static partial void Failed(ILogger logger, string filter, string reason, string consequence);

    [LoggerMessage(8001, LogLevel.Information, "Filter {Filter} works again")]
    public static partial void Recovered(ILogger logger, string filter);

    [LoggerMessage(8002, LogLevel.Warning, "Filter {Filter} asks for {Change}, which this node cannot do; such mail gets 451. Set the filter so that it rejects or adds a header instead")]
    public static partial void CannotBeDone(ILogger logger, string filter, string change);
}
