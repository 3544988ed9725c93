using System.Net;
using Microsoft.Extensions.Logging.Console;

namespace ThrottleNet.MxNode.Hosting;

/// <summary>The log: lines for people on a terminal, JSON lines for programs elsewhere.</summary>
internal static partial class NodeLogging
{
    /// <summary>Whether people read the output.</summary>
    public static bool ForPeople { get; } = !Console.IsOutputRedirected;

    public static void Configure(ILoggingBuilder logging, LogLevel level)
    {
        logging.SetMinimumLevel(level).AddFilter("Microsoft", LogLevel.Warning);

        // Orleans takes any silo that comes or goes for an error. The cluster's own lines say what an operator has to know.
        var library = level <= LogLevel.Debug ? LogLevel.Warning : LogLevel.None;
        logging.AddFilter("Orleans", library).AddFilter("Polly", library);

        // Whoever reads the output may stop reading. Then lines are dropped, and counted in a line of their own, and no session waits.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        if (ForPeople)
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss ";
                console.ColorBehavior = LoggerColorBehavior.Default;
            });
        }
        else
        {
            logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
        }
    }

    /// <summary>Where something listens, for people.</summary>
    public static string Places(IReadOnlyCollection<IPEndPoint> endPoints) => endPoints.Count == 0 ? "nowhere" : string.Join(", ", endPoints);

    [LoggerMessage(100, LogLevel.Information, "ThrottleNet {Version}, node {Name}: SMTP on {Smtp}, dashboard on {Dashboard}")]
    public static partial void Listening(this ILogger logger, string version, string name, string smtp, string dashboard);

    [LoggerMessage(101, LogLevel.Information, "DNS on {Dns}")]
    public static partial void ListeningForDns(this ILogger logger, string dns);
}
