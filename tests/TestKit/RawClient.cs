using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ThrottleNet.TestKit;

/// <summary>
/// An SMTP client that sends exactly the octets that a test gives, from any address of 127.0.0.0/8. Each step has a
/// deadline, and a step that fails shows the dialogue so far.
/// </summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private const int RememberedLines = 200;

    private readonly ConcurrentQueue<string> _transcript = new();
    private readonly byte[] _buffer = new byte[4096];
    private Stream _stream = Stream.Null;

    // The text received; characters before _at have been read.
    private string _unread = "";
    private int _at;

    private RawClient(AddressFamily family) => _socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>The certificate that the node showed after STARTTLS.</summary>
    public X509Certificate2? Certificate { get; private set; }

    /// <summary>The client's end of the connection.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Whether the node has sent something that was not read.</summary>
    public bool HasReply => _at < _unread.Length || _socket.Available > 0;

    public static Task<RawClient> ConnectAsync(IPEndPoint node, string from = "127.0.0.1") => ConnectAsync(node, IPAddress.Parse(from));

    /// <param name="from">The client's address; one of this machine's own.</param>
    public static async Task<RawClient> ConnectAsync(IPEndPoint node, IPAddress from)
    {
        var client = new RawClient(from.AddressFamily);
        client._socket.Bind(new IPEndPoint(from, 0));
        await client._socket.ConnectAsync(node).WaitAsync(Eventually.Patience);
        client._stream = new NetworkStream(client._socket);
        return client;
    }

    /// <summary>Sends a text as it is. Characters are Latin-1.</summary>
    /// <exception cref="IOException">The node has closed the connection.</exception>
    public Task SendAsync(string octets) => SendAsync(Encoding.Latin1.GetBytes(octets));

    /// <summary>Sends octets as they are.</summary>
    /// <exception cref="IOException">The node has closed the connection.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        Note('>', Encoding.Latin1.GetString(octets.Span[..Math.Min(octets.Length, 200)]));
        await _stream.WriteAsync(octets).AsTask().WaitAsync(Eventually.Patience);
    }

    /// <summary>Sends octets as they are; false if the node has closed the connection.</summary>
    public async Task<bool> TrySendAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            await SendAsync(octets);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The next reply with all its lines; empty if the node has closed the connection instead.</summary>
    public async Task<string> ReplyAsync()
    {
        var reply = new StringBuilder();
        while (await LineAsync() is { } line)
        {
            Note('<', line);
            reply.Append(line).Append('\n');
            if (line.Length < 4 || line[3] != '-')
            {
                break;
            }
        }

        return reply.ToString().TrimEnd('\n');
    }

    /// <summary>The last line of the next reply; null if the node has closed the connection instead.</summary>
    public async Task<string?> AnswerAsync() => await ReplyAsync() is { Length: > 0 } reply ? reply[(reply.LastIndexOf('\n') + 1)..] : null;

    /// <summary>Sends a line and gives the last line of the reply; null if the node has closed the connection instead.</summary>
    public async Task<string?> AskAsync(string line) => await TrySendAsync(Encoding.Latin1.GetBytes(line + "\r\n")) ? await AnswerAsync() : null;

    /// <summary>Reads until the node closes the connection, and gives the last line; null if there was none.</summary>
    public async Task<string?> LastAnswerAsync()
    {
        string? last = null;
        while (await AnswerAsync() is { } answer)
        {
            last = answer;
        }

        return last;
    }

    /// <summary>Follows a script: "&lt;250 2.1.0" expects a reply that begins so, "&gt;NOOP" sends a line.</summary>
    public async Task TalkAsync(params IEnumerable<string> script)
    {
        foreach (var step in script)
        {
            if (step[0] == '>')
            {
                await SendAsync(step[1..] + "\r\n");
            }
            else if (await ReplyAsync() is var reply && !reply.StartsWith(step[1..], StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"expected {step[1..]}, got \"{reply}\" in:\n{Transcript}");
            }
        }
    }

    /// <summary>Reads the greeting and sends EHLO, MAIL and one RCPT, each of which the node must accept.</summary>
    public Task EnvelopeAsync(string recipient = "bob@example.com") =>
        TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250", $">RCPT TO:<{recipient}>", "<250");

    /// <summary>Sends one message in a session, up to the reply to the final dot. Gives that reply, or the first one that was negative; empty if the node closed the connection.</summary>
    public async Task<string> DeliverAsync(string text, string recipient = "bob@example.com", string sender = "alice@client.test")
    {
        var reply = await ReplyAsync();
        foreach (var step in new[] { "EHLO client.test", $"MAIL FROM:<{sender}>", $"RCPT TO:<{recipient}>", "DATA", text + "\r\n." })
        {
            if (reply.Length == 0 || reply[0] is not ('2' or '3'))
            {
                return reply;
            }

            await SendAsync(step + "\r\n");
            reply = await ReplyAsync();
        }

        return reply;
    }

    /// <summary>Sends one message in a session of its own. Gives the reply that decided it; empty if the node closed the connection instead.</summary>
    public static async Task<string> SendMessageAsync(IPEndPoint node, IPAddress from, string sender, string recipient, string text = "Subject: hello\r\n\r\nhello")
    {
        await using var client = await ConnectAsync(node, from);
        var reply = await client.DeliverAsync(text, recipient, sender);
        if (reply.StartsWith('2'))
        {
            await client.AskAsync("QUIT");
        }

        return reply;
    }

    /// <summary>Expects that the node has closed the connection, or does so without replying to another command.</summary>
    public async Task ExpectEndAsync()
    {
        if (await TrySendAsync("NOOP\r\n"u8.ToArray()))
        {
            FinishSending();
        }

        if (await ReplyAsync() is { Length: > 0 } reply)
        {
            throw new InvalidOperationException($"expected the end of the connection, got \"{reply}\" in:\n{Transcript}");
        }
    }

    /// <summary>Expects that the node closes the connection, whatever octets it sends before.</summary>
    public async Task ExpectEndOfGarbageAsync()
    {
        while (await ReadAsync() > 0)
        {
        }
    }

    /// <summary>Goes over to TLS.</summary>
    /// <param name="host">The name that it sends as SNI.</param>
    public async Task StartTlsAsync(string host = "a.node.test")
    {
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = host,

            // The node may use a self-signed certificate. The test checks which one it showed.
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        }).WaitAsync(Eventually.Patience);
        _stream = tls;
        Certificate = new X509Certificate2(tls.RemoteCertificate!);
    }

    /// <summary>Half-closes the connection: nothing more is sent, replies can still be read.</summary>
    public void FinishSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The node has closed the connection already.
        }
    }

    /// <summary>Resets the connection.</summary>
    public void Vanish() => _socket.Close(0);

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    private string Transcript => string.Join('\n', _transcript);

    private void Note(char direction, string line)
    {
        _transcript.Enqueue($"{direction} {(line.Length < 200 ? line.TrimEnd() : line[..200] + "…")}");
        if (_transcript.Count > RememberedLines)
        {
            _transcript.TryDequeue(out _);
        }
    }

    private async Task<string?> LineAsync()
    {
        while (true)
        {
            var end = _unread.IndexOf("\r\n", _at, StringComparison.Ordinal);
            if (end >= 0)
            {
                var line = _unread[_at..end];
                _at = end + 2;
                return line;
            }

            var read = await ReadAsync();
            if (read == 0)
            {
                return null;
            }

            _unread = _unread[_at..] + Encoding.Latin1.GetString(_buffer, 0, read);
            _at = 0;
        }
    }

    private async Task<int> ReadAsync()
    {
        try
        {
            return await _stream.ReadAsync(_buffer).AsTask().WaitAsync(Eventually.Patience);
        }
        catch (IOException)
        {
            return 0;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"no reply in:\n{Transcript}");
        }
    }
}
