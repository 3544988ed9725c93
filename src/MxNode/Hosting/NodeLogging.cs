using System.Net;
using Microsoft.Extensions.Logging.Console;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Hosting;

/// <summary>The log on standard output, in the format that <c>Telemetry:LogFormat</c> names.</summary>
internal static partial class NodeLogging
{
    /// <summary>The format that is meant: on a terminal <see cref="LogFormat.Auto"/> is text, elsewhere JSON.</summary>
    public static LogFormat Resolve(LogFormat format) => format != LogFormat.Auto ? format : Console.IsOutputRedirected ? LogFormat.Json : LogFormat.Text;

    public static void Configure(ILoggingBuilder logging, TelemetryOptions options)
    {
        logging.SetMinimumLevel(options.Log).AddFilter("Microsoft", LogLevel.Warning);

        // What keeps a node from starting is one line on standard error, and what a service throws is logged by KeptService. The host's own lines would add a
        // stack trace to each.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);

        // Orleans takes any silo that comes or goes for an error. The cluster's own lines say what an operator has to know.
        var library = options.Log <= LogLevel.Debug ? LogLevel.Warning : LogLevel.None;
        logging.AddFilter("Orleans", library).AddFilter("Polly", library);

        // Kestrel logs as critical what a peer does against HTTP/2's limits, once a connection. The meter of Kestrel counts those connections by error.type.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Http2", library);

        // The program that reads the output may stop reading. Then lines are dropped, and counted in a line of their own, and no session waits.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        switch (Resolve(options.LogFormat))
        {
            case LogFormat.Text:
                logging.AddSimpleConsole(console =>
                {
                    console.SingleLine = true;
                    console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss'Z' ";
                    console.UseUtcTimestamp = true;
                    console.ColorBehavior = LoggerColorBehavior.Default;
                });
                break;
            case LogFormat.Journald:
                logging.AddSystemdConsole();
                break;
            default:
                logging.AddConsole(console => console.FormatterName = JsonLineFormatter.FormatName).AddConsoleFormatter<JsonLineFormatter, ConsoleFormatterOptions>();
                break;
        }
    }

    /// <summary>Where something listens, for people.</summary>
    public static string Places(IReadOnlyCollection<IPEndPoint> endPoints) => endPoints.Count == 0 ? "nowhere" : string.Join(", ", endPoints);

    [LoggerMessage(100, LogLevel.Information, "ThrottleNet {Version}, node {Name}: SMTP on {Smtp}, dashboard on {Dashboard}")]
    public static partial void Listening(this ILogger logger, string version, string name, string smtp, string dashboard);

    [LoggerMessage(101, LogLevel.Information, "DNS on {Dns}")]
    public static partial void ListeningForDns(this ILogger logger, string dns);
}
