using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThrottleNet.Stress.Chaos;

/// <summary>The client's end of an SMTP connection, as cheap as a load needs it.</summary>
internal sealed class SmtpDialogue : IDisposable
{
    // A session of some messages through a node that stands still for some seconds. RFC 5321, section 4.5.3.2, gives each reply longer.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _patience = new(Patience, TimeProvider.System);
    private readonly byte[] _buffer = new byte[2048];
    private int _at;
    private int _end;

    /// <exception cref="SocketException">Nobody listens.</exception>
    public async Task ConnectAsync(IPEndPoint node, IPAddress from)
    {
        _socket.Bind(new IPEndPoint(from, 0));
        await _socket.ConnectAsync(node, _patience.Token);
    }

    /// <exception cref="SocketException">The connection is broken.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        while (octets.Length > 0)
        {
            octets = octets[await _socket.SendAsync(octets, _patience.Token)..];
        }
    }

    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte})"/>
    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>The last line of the next reply; empty if the connection ends before.</summary>
    public async Task<string> ReplyAsync()
    {
        while (true)
        {
            var line = await LineAsync();
            if (line.Length < 4 || line[3] != '-')
            {
                return line;
            }
        }
    }

    /// <summary>Resets the connection.</summary>
    public void Cut() => _socket.Close(0);

    public void Dispose()
    {
        _socket.Dispose();
        _patience.Dispose();
    }

    private async Task<string> LineAsync()
    {
        while (true)
        {
            var length = _buffer.AsSpan(_at, _end - _at).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = Encoding.ASCII.GetString(_buffer, _at, length).TrimEnd('\r');
                _at += length + 1;
                return line;
            }

            _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
            (_at, _end) = (0, _end - _at);
            var read = _end == _buffer.Length ? 0 : await _socket.ReceiveAsync(_buffer.AsMemory(_end), _patience.Token);
            if (read == 0)
            {
                return "";
            }

            _end += read;
        }
    }
}
