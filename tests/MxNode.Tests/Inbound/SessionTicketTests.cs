using System.Net.Sockets;
using System.Text;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>
/// A client that does not say how it resumes sessions must get no session ticket (RFC 8446, section 4.2.9): Outlook breaks off then. BouncyCastle is such a client.
/// </summary>
public sealed class SessionTicketTests
{
    [Fact]
    public async Task A_client_that_did_not_ask_for_session_tickets_gets_a_version_of_TLS_without_them()
    {
        await using var rig = await InboundRig.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(rig.Node.Smtp[0]);
        var stream = socket.GetStream();
        using (var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true))
        {
            await LastLineAsync(reader, "220 ");
            await stream.WriteAsync("EHLO client.test\r\n"u8.ToArray());
            await LastLineAsync(reader, "250 ");
            await stream.WriteAsync("STARTTLS\r\n"u8.ToArray());
            await LastLineAsync(reader, "220 ");
        }

        var client = new Client();
        var tls = new TlsClientProtocol(stream);
        await Task.Run(() => tls.Connect(client)).WaitAsync(Eventually.Patience);
        Assert.Equal(ProtocolVersion.TLSv12, client.Version);
        using var secure = new StreamReader(tls.Stream, Encoding.ASCII);
        await tls.Stream.WriteAsync("EHLO client.test\r\n"u8.ToArray());
        Assert.StartsWith("250", await secure.ReadLineAsync().WaitAsync(Eventually.Patience), StringComparison.Ordinal);
    }

    private static async Task LastLineAsync(StreamReader reader, string start)
    {
        while (await reader.ReadLineAsync().WaitAsync(Eventually.Patience) is { } line && !line.StartsWith(start, StringComparison.Ordinal))
        {
        }
    }

    private sealed class Client() : DefaultTlsClient(new BcTlsCrypto(new SecureRandom()))
    {
        public ProtocolVersion? Version { get; private set; }

        public override TlsAuthentication GetAuthentication() => new AnyServer();

        public override void NotifyHandshakeComplete()
        {
            Version = m_context.SecurityParameters.NegotiatedVersion;
            base.NotifyHandshakeComplete();
        }

        protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.DownTo(ProtocolVersion.TLSv12);

        private sealed class AnyServer : TlsAuthentication
        {
            public void NotifyServerCertificate(TlsServerCertificate serverCertificate)
            {
            }

            public TlsCredentials? GetClientCredentials(CertificateRequest certificateRequest) => null;
        }
    }
}
