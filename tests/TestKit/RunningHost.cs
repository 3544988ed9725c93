using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.TestKit;

internal static class RunningHost
{
    /// <summary>Starts a node in this process and keeps its log.</summary>
    /// <param name="time">The node's clock, if not the system's.</param>
    /// <param name="more">Further services, or filters of the log.</param>
    /// <param name="validate">False for settings that no operator could choose.</param>
    /// <exception cref="ArgumentException">The configuration is not valid.</exception>
    /// <exception cref="StartException">The node does not start.</exception>
    public static async Task<NodeHost> StartAsync(
        NodeConfiguration configuration, ILoggerProvider log, TimeProvider? time = null, Action<ILoggingBuilder>? more = null, bool validate = true)
    {
        var faults = validate ? configuration.Validate().ToList() : [];
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join('\n', faults), nameof(configuration));
        }

        var host = NodeHost.Create(configuration, time ?? TimeProvider.System, logging =>
        {
            logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(log);
            more?.Invoke(logging);
        });
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }
}
