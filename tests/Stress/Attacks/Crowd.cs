using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Stress.Attacks;

/// <summary>Connections from many addresses that send nothing, or send as much as the node accepts and read nothing.</summary>
internal sealed class Crowd : IDisposable
{
    private static readonly byte[] Noise = new byte[16 * 1024];

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

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

    /// <summary>Sends on each connection as much as the node takes, for some time; returns the octets in all.</summary>
    /// <param name="before">What each sends first. It is short enough to leave at once.</param>
    /// <param name="repeated">What each sends then, again and again.</param>
    public async Task<long> SendAsync(byte[] before, byte[] repeated, TimeSpan length)
    {
        long sent = 0;
        var began = TimeProvider.System.GetTimestamp();
        foreach (var socket in _sockets)
        {
            socket.Blocking = false;
            sent += socket.Send(before, 0, before.Length, SocketFlags.None, out _);
        }

        // A line that is sent in part goes on where it was cut, so that a text stays a text.
        var at = new int[_sockets.Count];
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        while (TimeProvider.System.GetElapsedTime(began) < length)
        {
            for (var i = 0; i < _sockets.Count; i++)
            {
                var octets = _sockets[i].Send(repeated, at[i], repeated.Length - at[i], SocketFlags.None, out _);
                at[i] = (at[i] + octets) % repeated.Length;
                sent += octets;
            }

            await timer.WaitForNextTickAsync();
        }

        return sent;
    }

    public void Dispose() => _sockets.ForEach(s => s.Dispose());
}
