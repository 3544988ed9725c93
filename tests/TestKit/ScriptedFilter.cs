using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThrottleNet.TestKit;

/// <summary>
/// A scripted filter: the other side of the milter protocol. It answers every event with "continue", except where its script
/// gives another action.
/// </summary>
internal sealed class ScriptedFilter : IAsyncDisposable
{
    // Events that no filter answers: macros, abort, the two kinds of quit.
    private const string Unanswered = "DAKQ";

    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly ConcurrentBag<Task> _running = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly EndPoint _endPoint;
    private Socket _listener;
    private int _connections;

    /// <param name="path">A socket file; null for a port of 127.0.0.1.</param>
    public ScriptedFilter(string? path = null)
    {
        _listener = Listen(path is null ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(path));
        _endPoint = _listener.LocalEndPoint!;
    }

    /// <summary>As in Content:Milters.</summary>
    public string Address => _endPoint is IPEndPoint ip ? $"inet:{ip}" : $"unix:{_endPoint}";

    /// <summary>Its reply to the negotiation: version, actions, steps, macro lists.</summary>
    public (uint Version, uint Actions, uint Steps, string Lists) Options { get; set; } = (6, 0x1FF, 0, "");

    /// <summary>The action at an event, given as its code and its data; null for "continue".</summary>
    public Func<string, FilterAction?> Script { get; set; } = _ => null;

    /// <summary>Every event, with the number of its connection before it; NUL is written |, and macros come as one event.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>The events of all connections but the macros and the negotiation, without numbers.</summary>
    public IReadOnlyList<string> Events => [.. Log.Select(l => l[(l.IndexOf(' ') + 1)..]).Where(l => l[0] is not ('D' or 'O'))];

    public int Connections => _connections;

    /// <summary>Closes all connections and accepts no new ones, like a filter that was killed.</summary>
    public void Kill()
    {
        _listener.Dispose();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    /// <summary>Accepts connections again.</summary>
    public void Restart() => _listener = Listen(_endPoint);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Kill();
        await Task.WhenAll(_running).WaitAsync(Eventually.Patience);
        _stop.Dispose();
    }

    private Socket Listen(EndPoint endPoint)
    {
        var listener = endPoint is IPEndPoint
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (endPoint is UnixDomainSocketEndPoint unix)
        {
            File.Delete(unix.ToString());
        }

        listener.Bind(endPoint);
        listener.Listen();
        _running.Add(AcceptAsync(listener));
        return listener;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(_stop.Token);
                _sockets.Add(socket);
                _running.Add(ServeAsync(socket, Interlocked.Increment(ref _connections)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over, or the filter was killed.
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            while (await ReadAsync(stream) is { } received)
            {
                Log.Enqueue($"{number} {received.Replace('\0', '|')}");
                var action = received[0] == 'O' ? Script("O") ?? FilterAction.Say(Negotiation())
                    : Unanswered.Contains(received[0], StringComparison.Ordinal) ? new FilterAction([])
                    : Script(received) ?? FilterAction.Say("c");
                await stream.WriteAsync(action.Octets, _stop.Token);
                if (action.Then == FilterAction.End.HangUp || received[0] == 'Q')
                {
                    return;
                }

                if (action.Then == FilterAction.End.Stall)
                {
                    await new TaskCompletionSource().Task.WaitAsync(_stop.Token);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The mail server closed the connection, or the test is over.
        }
    }

    private string Negotiation() =>
        "O" + FilterAction.Index(Options.Version) + FilterAction.Index(Options.Actions) + FilterAction.Index(Options.Steps) + Options.Lists;

    private async Task<string?> ReadAsync(NetworkStream stream)
    {
        var head = new byte[4];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, _stop.Token) < head.Length)
        {
            return null;
        }

        var packet = new byte[BinaryPrimitives.ReadInt32BigEndian(head)];
        await stream.ReadExactlyAsync(packet, _stop.Token);
        return Encoding.Latin1.GetString(packet);
    }
}
