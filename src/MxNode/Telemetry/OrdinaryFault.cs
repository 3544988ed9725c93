using System.Net.Sockets;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>
/// Distinguishes faults of disks, networks and other programs from faults of this program. The former are logged by their reason: a stack trace would hide it.
/// </summary>
internal static class OrdinaryFault
{
    /// <summary>The exception for the log: null for an ordinary fault.</summary>
    public static Exception? TraceOf(Exception fault) =>
        fault is IOException or UnauthorizedAccessException or SocketException or TimeoutException or HttpRequestException ? null : fault;

    /// <summary>The reason on one line, without a full stop.</summary>
    public static string ReasonOf(Exception fault) => fault.Message.ReplaceLineEndings(" ").TrimEnd('.');
}
