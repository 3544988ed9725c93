using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>A client of raw octets, with an address of its own in 127.0.0.0/8, that follows a script and complains when the node does not.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly StringBuilder _transcript = new();
    private readonly StringBuilder _unread = new();
    private readonly byte[] _buffer = new byte[16 * 1024];
    private Stream _stream = Stream.Null;

    /// <summary>What the node has shown after STARTTLS.</summary>
    public X509Certificate2? Certificate { get; private set; }

    /// <summary>Where the client calls from.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public static async Task<RawClient> ConnectAsync(IPEndPoint node, string from = "127.0.0.1")
    {
        var client = new RawClient();
        client._socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await client._socket.ConnectAsync(node);
        client._stream = new NetworkStream(client._socket);
        return client;
    }

    /// <summary>Sends octets as they are; characters are Latin-1.</summary>
    public async Task SendAsync(string octets)
    {
        _transcript.Append("> ").AppendLine(octets.Length > 200 ? octets[..200] + "…" : octets);
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(octets)).AsTask().WaitAsync(Patience);
    }

    /// <summary>The next reply, all its lines; empty when the node has closed instead.</summary>
    public async Task<string> ReplyAsync()
    {
        var reply = new StringBuilder();
        while (await LineAsync() is { } line)
        {
            _transcript.Append("< ").AppendLine(line);
            reply.Append(line).Append('\n');
            if (line.Length < 4 || line[3] != '-')
            {
                break;
            }
        }

        return reply.ToString().TrimEnd('\n');
    }

    /// <summary>"&lt;250 2.1.0" expects a reply that begins so, "&gt;NOOP" sends a line.</summary>
    public async Task TalkAsync(params IEnumerable<string> script)
    {
        foreach (var step in script)
        {
            if (step[0] == '>')
            {
                await SendAsync(step[1..] + "\r\n");
            }
            else
            {
                var reply = await ReplyAsync();
                Assert.True(reply.StartsWith(step[1..], StringComparison.Ordinal), $"expected {step[1..]}, heard \"{reply}\" in:\n{_transcript}");
            }
        }
    }

    /// <summary>Greeting, EHLO, MAIL and a recipient.</summary>
    public Task EnvelopeAsync(string recipient = "bob@example.com") =>
        TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250", $">RCPT TO:<{recipient}>", "<250");

    /// <summary>A whole session with one message; the answer to the final dot, or what came instead of it.</summary>
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

    /// <summary>The node has closed, or does so without answering another command.</summary>
    public async Task ExpectEndAsync()
    {
        try
        {
            await SendAsync("NOOP\r\n");
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Closed already.
        }

        Assert.Equal("", await ReplyAsync());
    }

    /// <summary>The node closes, whatever octets it may say before.</summary>
    public async Task ExpectEndOfGarbageAsync()
    {
        while (await ReadAsync() > 0)
        {
        }
    }

    /// <summary>Whether the node has said something that was not read.</summary>
    public bool HasReply => _unread.Length > 0 || _socket.Available > 0;

    public async Task StartTlsAsync()
    {
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "a.node.test",

            // A certificate of its own making is all the node needs; which one it showed is for the test to look at.
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        }).WaitAsync(Patience);
        _stream = tls;
        Certificate = new X509Certificate2(tls.RemoteCertificate!);
    }

    /// <summary>Says that nothing more will be sent, and goes on reading.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Resets the connection.</summary>
    public void Vanish() => _socket.Close(0);

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    private async Task<string?> LineAsync()
    {
        while (true)
        {
            var text = _unread.ToString();
            var end = text.IndexOf("\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                _unread.Remove(0, end + 2);
                return text[..end];
            }

            if (await ReadAsync() is var read and > 0)
            {
                _unread.Append(Encoding.Latin1.GetString(_buffer, 0, read));
                continue;
            }

            return null;
        }
    }

    private async Task<int> ReadAsync()
    {
        try
        {
            return await _stream.ReadAsync(_buffer).AsTask().WaitAsync(Patience);
        }
        catch (IOException)
        {
            return 0;
        }
        catch (TimeoutException)
        {
            Assert.Fail($"no reply in:\n{_transcript}");
            throw;
        }
    }
}
