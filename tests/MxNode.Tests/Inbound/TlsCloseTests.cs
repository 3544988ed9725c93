using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Each TLS session that the node ends, it ends with close_notify (RFC 8446, section 6.1; RFC 5246, section 7.2.1), so that clients see no cut connection.</summary>
public sealed class TlsCloseTests
{
    public static TheoryData<string, SslProtocols, string> Ends()
    {
        var data = new TheoryData<string, SslProtocols, string>();
        foreach (var address in new[] { "127.0.0.1", "::1" })
        {
            foreach (var protocol in new[] { SslProtocols.Tls12, SslProtocols.Tls13 })
            {
                foreach (var end in new[] { "QUIT", "idle", "an error", "drain" })
                {
                    data.Add(address, protocol, end);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_session_over_TLS_ends_with_close_notify(string address, SslProtocols protocol, string end)
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { Listen = [new(IPAddress.Parse(address), 0)] } });
        using var tcp = new TcpClient(rig.Node.Smtp[0].AddressFamily);
        await tcp.ConnectAsync(rig.Node.Smtp[0]);
        var octets = new RecordingStream(tcp.GetStream());
        await ReplyAsync(octets);
        await SayAsync(octets, "EHLO client.test");
        await SayAsync(octets, "STARTTLS");
        await using var tls = new SslStream(octets);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "a.node.test",
            EnabledSslProtocols = protocol,
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        });
        await SayAsync(tls, "EHLO client.test");

        var before = octets.Seen.Count;
        switch (end)
        {
            case "QUIT":
                Assert.StartsWith("221", await SayAsync(tls, "QUIT"), StringComparison.Ordinal);
                break;
            case "idle":
                await rig.Clock.PassAsync(TimeSpan.FromMinutes(5));
                Assert.StartsWith("421", await ReplyAsync(tls), StringComparison.Ordinal);
                break;
            case "an error":
                await tls.WriteAsync("NOOP\rNOOP\r\n"u8.ToArray());
                Assert.StartsWith("500", await ReplyAsync(tls), StringComparison.Ordinal);
                break;
            default:
                _ = rig.StopAsync();
                Assert.StartsWith("421", await ReplyAsync(tls), StringComparison.Ordinal);
                break;
        }

        if (end != "QUIT")
        {
            // The node reads on for two seconds, so that the reply arrives. A read that the drain ends sets the timer again, for a millisecond more.
            await rig.Clock.UntilSetAsync(length => length >= TimeSpan.FromSeconds(2) && length < TimeSpan.FromSeconds(3));
            rig.Clock.Advance(TimeSpan.FromSeconds(3));
        }

        // SslStream gives the same end of input with and without close_notify; the records tell them apart.
        Assert.Equal(0, await tls.ReadAsync(new byte[100]).AsTask().WaitAsync(Eventually.Patience));
        AssertCloseNotify(protocol, [.. octets.Seen[before..]]);
    }

    private static void AssertCloseNotify(SslProtocols protocol, byte[] octets)
    {
        var records = TlsRecord.All(octets);
        Assert.True(records.Count == 2, $"the reply's record and the alert were to come, not {string.Join(", ", records)}");
        Assert.True(records[1].IsAlert(protocol), $"{records[1]} is no alert");
    }

    private static async Task<string> SayAsync(Stream stream, string command)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
        return await ReplyAsync(stream);
    }

    private static async Task<string> ReplyAsync(Stream stream)
    {
        var buffer = new byte[4096];
        var reply = "";
        while (!reply.EndsWith("\r\n", StringComparison.Ordinal) || reply.Split("\r\n")[^2][3] == '-')
        {
            var read = await stream.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Patience);
            Assert.True(read > 0, $"the node has closed the connection after '{reply}'");
            reply += Encoding.ASCII.GetString(buffer, 0, read);
        }

        return reply;
    }
}
