using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Real.Tests.Harness;

internal static class Ports
{
    /// <summary>Waits until somebody takes connections at <paramref name="endPoint"/>; fails when the program that should has ended.</summary>
    public static Task OpenAsync(IPEndPoint endPoint, RunningProcess process) => Eventually.HoldsAsync(
        $"somebody at {endPoint}",
        () => process.HasExited ? throw new InvalidOperationException(string.Join('\n', process.Lines)) : IsOpen(endPoint));

    private static bool IsOpen(IPEndPoint endPoint)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
