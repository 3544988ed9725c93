using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>A client that says what it is told to, octet for octet; for what no proper client says.</summary>
internal sealed class SmtpTalk : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly StreamReader _reader;
    private readonly NetworkStream _stream;

    private SmtpTalk(IPEndPoint server, IPAddress? from)
    {
        _socket.Bind(new IPEndPoint(from ?? IPAddress.Any, 0));
        _socket.Connect(server);
        _stream = new NetworkStream(_socket);
        _reader = new StreamReader(_stream, Encoding.Latin1);
    }

    /// <param name="server">Where to.</param>
    /// <param name="from">Which of this machine's addresses to come from.</param>
    public static SmtpTalk Connect(IPEndPoint server, IPAddress? from = null) => new(server, from);

    /// <summary>The next answer: its last line, or null when the connection is closed instead.</summary>
    public async Task<string?> AnswerAsync()
    {
        try
        {
            string? line;
            do
            {
                line = await _reader.ReadLineAsync().WaitAsync(Eventually.Patience, TimeProvider.System);
            }
            while (line is { Length: > 3 } && line[3] == '-');
            return line;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Sends octets as they are; false when nobody takes them any more.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            await _stream.WriteAsync(octets).AsTask().WaitAsync(Eventually.Patience, TimeProvider.System);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Sends text as it is, one octet a character.</summary>
    public Task<bool> SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends a line and returns the answer to it.</summary>
    public async Task<string?> AskAsync(string line) => await SendAsync(line + "\r\n") ? await AnswerAsync() : null;

    /// <summary>Reads until the connection is closed; what came last.</summary>
    public async Task<string?> LastAnswerAsync()
    {
        string? last = null;
        while (await AnswerAsync() is { } answer)
        {
            last = answer;
        }

        return last;
    }

    /// <summary>Says that nothing more will come; answers may.</summary>
    public void FinishSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other side was faster.
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
        _socket.Dispose();
    }
}
