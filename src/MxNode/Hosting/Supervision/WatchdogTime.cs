using System.Globalization;

namespace ThrottleNet.MxNode.Hosting.Supervision;

/// <summary>How long the service manager waits for a sign of life before it restarts the node (sd_watchdog_enabled(3)).</summary>
internal static class WatchdogTime
{
    /// <summary>Reads WATCHDOG_USEC and WATCHDOG_PID.</summary>
    /// <param name="variable">Gives the value of an environment variable, or null.</param>
    /// <param name="processId">The id of this process. If WATCHDOG_PID names another one, the watchdog is not for this process.</param>
    /// <returns>Null if no watchdog waits for this process.</returns>
    public static TimeSpan? Read(Func<string, string?> variable, int processId)
    {
        var isOurs = variable("WATCHDOG_PID") is not { Length: > 0 } pid || pid == processId.ToString(CultureInfo.InvariantCulture);
        return isOurs && long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds is > 0 and < long.MaxValue / TimeSpan.TicksPerMicrosecond
            ? TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond)
            : null;
    }
}
