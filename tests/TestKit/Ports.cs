using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.TestKit;

internal static class Ports
{
    /// <summary>A TCP port of the loopback interface without a listener.</summary>
    public static int Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
