using System.Net;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Demo;

/// <summary>
/// The senders' mail program: MailKit, so that the relays are tried with a client that this project did not write. Each message
/// has a connection of its own, from any source address of 127.0.0.0/8.
/// </summary>
internal static class DemoClient
{
    /// <summary>Sends one message to one recipient, in a session of its own.</summary>
    /// <param name="from">The source address to connect from.</param>
    /// <param name="server">The SMTP server to connect to.</param>
    /// <param name="sender">The reverse-path, and the author in the header.</param>
    /// <param name="recipient">The only forward-path.</param>
    /// <param name="cancel">Ends the session at once.</param>
    /// <returns>The reply that decided the message: the reply to the final dot, or the first negative one; null if the
    /// server closed the connection without one.</returns>
    public static async Task<SmtpReply?> DeliverAsync(IPAddress from, IPEndPoint server, string sender, string recipient, CancellationToken cancel)
    {
        using var message = new MimeMessage([new MailboxAddress("", sender)], [new MailboxAddress("", recipient)], "hello", new TextPart("plain") { Text = "Hello." });
        using var client = new SmtpClient { LocalDomain = "client.test" };
        try
        {
            var socket = await ConnectAsync(from, server, cancel);
            await client.ConnectAsync(socket, server.Address.ToString(), server.Port, SecureSocketOptions.None, cancel);
            var text = await client.SendAsync(message, cancel);
            await client.DisconnectAsync(quit: true, cancel);
            return new SmtpReply(250, "", text);
        }
        catch (SmtpCommandException e)
        {
            return new SmtpReply((int)e.StatusCode, "", e.Message);
        }
        catch (Exception e) when (e is SmtpProtocolException or ServiceNotConnectedException or IOException or SocketException)
        {
            return null;
        }
    }

    /// <summary>Sends a command without waiting for the greeting, as programs do that are no mail servers.</summary>
    /// <returns>The server's first reply; null if it closed the connection without one.</returns>
    public static async Task<SmtpReply?> TalkEarlyAsync(IPAddress from, IPEndPoint server, CancellationToken cancel)
    {
        try
        {
            // Without a wait between connecting and sending: on a busy machine it would last longer than the delay of the greeting.
            using var socket = NewSocket(server);
            socket.Bind(new IPEndPoint(from, 0));
            socket.Connect(server);
            socket.Send("EHLO early.test\r\n"u8);
            await using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream);
            return await reader.ReadLineAsync(cancel) is [var hundreds, var tens, var ones, _, .. var text] && int.TryParse([hundreds, tens, ones], out var code)
                ? new SmtpReply(code, "", text)
                : null;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return null;
        }
    }

    private static async Task<Socket> ConnectAsync(IPAddress from, IPEndPoint server, CancellationToken cancel)
    {
        var socket = NewSocket(server);
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(server, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // NoDelay: otherwise each message waits for a delayed acknowledgement of TCP.
    private static Socket NewSocket(IPEndPoint server) => new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
