using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Stress.Chaos;

/// <summary>A path to an endpoint that can be broken: then its connections are reset, and new ones are closed at once.</summary>
internal sealed class BreakablePath : IAsyncDisposable
{
    private readonly IPEndPoint _to;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Socket, bool> _open = [];
    private readonly Task _accepting;
    private volatile bool _isBroken;

    /// <param name="from">Where it listens.</param>
    /// <param name="to">Where it leads.</param>
    public BreakablePath(IPEndPoint from, IPEndPoint to)
    {
        _to = to;
        _listener.Bind(from);
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public void Break()
    {
        _isBroken = true;
        CloseAll();
    }

    public void Mend() => _isBroken = false;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        CloseAll();
        await _accepting;
    }

    private void CloseAll()
    {
        foreach (var socket in _open.Keys)
        {
            socket.Close(0);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CarryBothAsync(await _listener.AcceptAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The path is no longer used.
        }
    }

    private async Task CarryBothAsync(Socket near)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _open[near] = _open[far] = true;
        try
        {
            if (!_isBroken)
            {
                await far.ConnectAsync(_to);
                await Task.WhenAny(CarryAsync(near, far), CarryAsync(far, near));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One of the ends is gone. The other one learns of it below.
        }

        _open.TryRemove(near, out _);
        _open.TryRemove(far, out _);
        near.Dispose();
    }

    private static async Task CarryAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
            {
                for (var sent = 0; sent < read; sent += await to.SendAsync(buffer.AsMemory(sent, read - sent)))
                {
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Carried as far as it goes.
        }
    }
}
