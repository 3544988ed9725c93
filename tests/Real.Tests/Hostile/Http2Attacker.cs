using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ThrottleNet.Real.Tests.Hostile;

/// <summary>A client with a certificate of the network that sends frames of HTTP/2 (RFC 9113) as it likes.</summary>
internal sealed class Http2Attacker : IAsyncDisposable
{
    private const byte Data = 0, Headers = 1, Reset = 3, Settings = 4;
    private const byte EndStream = 1, EndHeaders = 4;

    private readonly SslStream _tls;
    private readonly MemoryStream _frames = new();
    private readonly Task _reading;
    private int _stream = -1;

    private Http2Attacker(SslStream tls)
    {
        _tls = tls;
        _frames.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Frame(Settings, 0, 0, []);
        _reading = ReadAsync();
    }

    public static async Task<Http2Attacker> ConnectAsync(IPEndPoint node, X509Certificate2 certificate)
    {
        var client = new TcpClient();
        await client.ConnectAsync(node);
        var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            ClientCertificates = [certificate],
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        });
        return new Http2Attacker(tls);
    }

    /// <summary>Begins a call, and resets it if asked to.</summary>
    public void Call(string path, bool reset)
    {
        _stream += 2;
        Frame(Headers, EndHeaders, _stream, Request(path));
        if (reset)
        {
            Span<byte> cancel = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(cancel, 8);
            Frame(Reset, 0, _stream, cancel);
        }
    }

    /// <summary>Begins a call, sends octets that are no message, and ends it.</summary>
    public void Garbage(string path)
    {
        _stream += 2;
        Frame(Headers, EndHeaders, _stream, Request(path));
        Frame(Data, EndStream, _stream, "no message"u8);
    }

    /// <summary>Sends what was written so far. False: the node has ended the connection.</summary>
    public async Task<bool> SendAsync()
    {
        try
        {
            await _tls.WriteAsync(_frames.ToArray());
            _frames.SetLength(0);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync();
        await _reading;
        await _frames.DisposeAsync();
    }

    // Header fields without indexing (RFC 7541, section 6.2.2), with names of the static table.
    private static byte[] Request(string path)
    {
        using var fields = new MemoryStream();
        fields.WriteByte(0x83); // :method POST
        fields.WriteByte(0x87); // :scheme https
        Field([0x04], path);
        Field([0x01], "127.0.0.1");
        Field([0x0f, 31 - 15], "application/grpc");
        fields.WriteByte(0);
        Text("te");
        Text("trailers");
        return fields.ToArray();

        void Field(ReadOnlySpan<byte> name, string value)
        {
            fields.Write(name);
            Text(value);
        }

        void Text(string value)
        {
            fields.WriteByte((byte)value.Length);
            fields.Write(Encoding.ASCII.GetBytes(value));
        }
    }

    private void Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[9];
        BinaryPrimitives.WriteInt32BigEndian(header, payload.Length << 8);
        header[3] = type;
        header[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header[5..], stream);
        _frames.Write(header);
        _frames.Write(payload);
    }

    // Otherwise the node would wait for the attacker.
    private async Task ReadAsync()
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await _tls.ReadAsync(buffer) > 0)
            {
                // An answer.
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The node has ended the connection.
        }
    }
}
