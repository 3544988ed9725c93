using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Demo;

/// <summary>A plain SMTP client with an address of its own: any of 127.0.0.0/8 may be a source on the loopback interface.</summary>
internal sealed class DemoClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly PipeReader _input;

    private DemoClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket);
        _input = PipeReader.Create(_stream);
    }

    /// <summary>Connects from an address; says nothing yet.</summary>
    public static async Task<DemoClient> ConnectAsync(IPAddress from, IPEndPoint node, CancellationToken cancel)
    {
        var socket = new Socket(node.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(node, cancel);
            return new DemoClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one command line.</summary>
    public ValueTask SendAsync(string line, CancellationToken cancel) => _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancel);

    /// <summary>The next reply; null when the node has closed instead.</summary>
    public async Task<SmtpReply?> ReplyAsync(CancellationToken cancel)
    {
        var reader = new SmtpReplyReader();
        try
        {
            while (true)
            {
                var result = await _input.ReadAsync(cancel);
                var buffer = result.Buffer;
                var status = reader.TryRead(ref buffer, out var reply);
                _input.AdvanceTo(buffer.Start, status == ReplyStatus.NeedMore ? result.Buffer.End : buffer.Start);
                if (status == ReplyStatus.Reply)
                {
                    return reply;
                }

                if (result.IsCompleted)
                {
                    return null;
                }
            }
        }
        catch (IOException)
        {
            return null;
        }
    }

    public async Task<SmtpReply?> CommandAsync(string line, CancellationToken cancel)
    {
        try
        {
            await SendAsync(line, cancel);
        }
        catch (IOException)
        {
            return null;
        }

        return await ReplyAsync(cancel);
    }

    /// <summary>One whole session with one message; the reply that decided it, or null when the node hung up.</summary>
    public static async Task<SmtpReply?> DeliverAsync(IPAddress from, IPEndPoint node, string sender, string recipient, CancellationToken cancel)
    {
        await using var client = await ConnectAsync(from, node, cancel);
        var reply = await client.ReplyAsync(cancel);
        string[] dialogue =
        [
            "EHLO client.test",
            $"MAIL FROM:<{sender}>",
            $"RCPT TO:<{recipient}>",
            "DATA",
            $"From: <{sender}>\r\nTo: <{recipient}>\r\nSubject: hello\r\n\r\nHello.\r\n.",
        ];
        foreach (var line in dialogue)
        {
            if (reply is not ({ IsPositive: true } or { IsIntermediate: true }))
            {
                return reply;
            }

            reply = await client.CommandAsync(line, cancel);
        }

        await client.CommandAsync("QUIT", cancel);
        return reply;
    }

    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        await _stream.DisposeAsync();
        _socket.Dispose();
    }
}
