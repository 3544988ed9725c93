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
            await rig.Clock.PassAsync(TimeSpan.FromSeconds(2)); // the node reads on for a moment, so that the reply arrives
        }

        // SslStream gives the same end of input with and without close_notify; the records tell them apart.
        Assert.Equal(0, await tls.ReadAsync(new byte[100]).AsTask().WaitAsync(Eventually.Patience));
        AssertCloseNotify(protocol, [.. octets.Seen[before..]]);
    }

    // The alert is the last record: in TLS 1.2 one of type alert, in TLS 1.3 encrypted, with 2 octets of alert, one of type, 16 of tag.
    private static void AssertCloseNotify(SslProtocols protocol, byte[] octets)
    {
        var records = new List<(byte Type, int Length)>();
        for (var at = 0; at < octets.Length; at += 5 + records[^1].Length)
        {
            records.Add((octets[at], (octets[at + 3] << 8) | octets[at + 4]));
        }

        Assert.True(records.Count == 2, $"the reply's record and the alert were to come, not {string.Join(", ", records)}");
        Assert.Equal(protocol == SslProtocols.Tls12 ? 21 : 23, records[1].Type);
        Assert.True(protocol == SslProtocols.Tls12 || records[1].Length == 2 + 1 + 16, $"a record of {records[1].Length} octets is no alert");
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

    /// <summary>Keeps what was read.</summary>
    private sealed class RecordingStream(Stream inner) : Stream
    {
        public List<byte> Seen { get; } = [];

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            Seen.AddRange(buffer.Span[..read]);
            return read;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
