using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace ThrottleNet.Real.Tests.Packages;

/// <summary>The socket at which a service manager hears of its services (sd_notify(3)).</summary>
internal sealed class NotifySocket : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly Channel<string> _notices = Channel.CreateUnbounded<string>();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _reading;

    public NotifySocket(string path)
    {
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, (UnixFileMode)0x1FF); // every user may write
        _reading = ReceiveAsync();
    }

    /// <summary>The next notice, such as "READY=1".</summary>
    public Task<string> NextAsync() => ReadAsync(_ => true).WaitAsync(Eventually.Patience);

    /// <summary>The next notice that is no sign of life.</summary>
    public Task<string> NextOfStateAsync() => ReadAsync(notice => notice != "WATCHDOG=1").WaitAsync(Eventually.Patience);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _socket.Dispose();
        _end.Dispose();
    }

    private async Task<string> ReadAsync(Func<string, bool> isWanted)
    {
        while (true)
        {
            if (await _notices.Reader.ReadAsync() is var notice && isWanted(notice))
            {
                return notice;
            }
        }
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var length = await _socket.ReceiveAsync(buffer, _end.Token);
                await _notices.Writer.WriteAsync(Encoding.UTF8.GetString(buffer, 0, length));
            }
        }
        catch (OperationCanceledException)
        {
            // The test has ended.
        }
    }
}
