using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Real.Tests.Hostile;

/// <summary>Connections from many addresses that send nothing, or send as much as the node accepts and read nothing.</summary>
internal sealed class Crowd : IDisposable
{
    private static readonly byte[] Noise = new byte[16 * 1024];

    private readonly List<Socket> _sockets = [];

    /// <summary>Connections on which the node has neither sent anything nor closed.</summary>
    public int Held => _sockets.Count(s => !s.Poll(0, SelectMode.SelectRead));

    /// <summary>Opens connections to an endpoint, each from the next of the given addresses in turn. A connection that is refused is one less.</summary>
    public async Task ConnectAsync(IPEndPoint node, int connections, Func<int, IPAddress> from)
    {
        for (var i = 0; i < connections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(from(i), 0));
                await socket.ConnectAsync(node).WaitAsync(Eventually.Patience);
                _sockets.Add(socket);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }
    }

    /// <summary>Sends on each connection until neither the node nor the kernel takes more; returns the octets in all.</summary>
    public long SendAll()
    {
        long sent = 0;
        foreach (var socket in _sockets)
        {
            socket.Blocking = false;
            SocketError error;
            do
            {
                sent += socket.Send(Noise, 0, Noise.Length, SocketFlags.None, out error);
            }
            while (error == SocketError.Success);
        }

        return sent;
    }

    public void Dispose() => _sockets.ForEach(s => s.Dispose());
}
