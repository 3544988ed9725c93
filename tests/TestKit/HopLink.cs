using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ThrottleNet.TestKit;

/// <summary>A scripted next hop's end of a connection.</summary>
internal sealed class HopLink(Socket socket, int number) : IDisposable
{
    private Stream _stream = new NetworkStream(socket, ownsSocket: true);
    private PipeReader _reader = PipeReader.Create(new NetworkStream(socket));

    /// <summary>The connection's number; 0 for the first one.</summary>
    public int Number { get; } = number;

    public bool IsTls => _stream is SslStream;

    public async Task SayAsync(string text)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        await _stream.FlushAsync();
    }

    /// <summary>The next line without its CRLF; null at the end of the connection.</summary>
    public async Task<string?> ReadLineAsync() =>
        await ReadToAsync("\r\n"u8.ToArray()) is { } line ? Encoding.UTF8.GetString(line.AsSpan(0, line.Length - 2)) : null;

    /// <summary>The octets after 354, still dot-stuffed, up to and including CRLF.CRLF; null if the connection ends before.</summary>
    public async Task<byte[]?> ReadTextAsync()
    {
        var read = await _reader.ReadAtLeastAsync(3);
        if (read.Buffer.Length < 3)
        {
            return null;
        }

        var empty = read.Buffer.Slice(0, 3).ToArray().AsSpan().SequenceEqual(".\r\n"u8);
        _reader.AdvanceTo(empty ? read.Buffer.GetPosition(3) : read.Buffer.Start);
        return empty ? ".\r\n"u8.ToArray() : await ReadToAsync("\r\n.\r\n"u8.ToArray());
    }

    /// <summary>The octets of a chunk.</summary>
    /// <exception cref="EndOfStreamException">The connection ends before.</exception>
    public async Task<byte[]> ReadOctetsAsync(int count)
    {
        var read = await _reader.ReadAtLeastAsync(count);
        if (read.Buffer.Length < count)
        {
            throw new EndOfStreamException();
        }

        var octets = read.Buffer.Slice(0, count).ToArray();
        _reader.AdvanceTo(read.Buffer.GetPosition(count));
        return octets;
    }

    /// <summary>Reads up to 100 octets of a text or a handshake, and leaves the rest.</summary>
    public async Task ReadSomeAsync()
    {
        var read = await _reader.ReadAtLeastAsync(100);
        _reader.AdvanceTo(read.Buffer.GetPosition(Math.Min(100, read.Buffer.Length)));
    }

    /// <summary>Goes over to TLS.</summary>
    /// <param name="certificate">Its certificate.</param>
    /// <param name="chain">The certificates above it, which are sent along.</param>
    /// <param name="protocols">The versions that it takes.</param>
    /// <param name="record">Wraps the stream below TLS; null: nothing does.</param>
    public async Task StartTlsAsync(X509Certificate2 certificate, X509Certificate2Collection chain, SslProtocols protocols, Func<Stream, RecordingStream>? record)
    {
        var tls = new SslStream(record?.Invoke(_stream) ?? _stream);
        _stream = tls;
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
            EnabledSslProtocols = protocols,
        });
        _reader = PipeReader.Create(tls);
    }

    /// <summary>Resets the connection.</summary>
    public void Vanish() => socket.Close(0);

    public void Dispose() => _stream.Dispose();

    private async Task<byte[]?> ReadToAsync(byte[] end)
    {
        while (true)
        {
            var read = await _reader.ReadAsync();
            var reader = new SequenceReader<byte>(read.Buffer);
            if (reader.TryReadTo(out ReadOnlySequence<byte> found, end))
            {
                byte[] all = [.. found.ToArray(), .. end];
                _reader.AdvanceTo(reader.Position);
                return all;
            }

            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }
}
