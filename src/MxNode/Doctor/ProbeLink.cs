using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>
/// The connection of an <see cref="SmtpProbe"/>. Each step has its time limit. The server's octets are bounded by <see cref="SmtpReplyReader"/>.
/// </summary>
internal sealed class ProbeLink : IAsyncDisposable
{
    private readonly TimeSpan _patience;
    private readonly TimeProvider _clock;
    private Stream _stream;
    private PipeReader _reader;
    private SmtpReplyReader _replies = new();

    private ProbeLink(Socket socket, TimeSpan patience, TimeProvider clock)
    {
        Local = ((IPEndPoint)socket.LocalEndPoint!).Address;
        (_patience, _clock) = (patience, clock);
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true));
    }

    /// <summary>The address that the call left from.</summary>
    public IPAddress Local { get; }

    /// <exception cref="ProbeException">There is no connection.</exception>
    public static async Task<ProbeLink> OpenAsync(IPEndPoint endPoint, IPAddress? source, TimeSpan connectTime, TimeSpan patience, TimeProvider clock, CancellationToken cancel)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(connectTime, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            if (source is not null)
            {
                socket.Bind(new IPEndPoint(source, 0));
            }

            await socket.ConnectAsync(endPoint, either.Token);
            return new ProbeLink(socket, patience, clock);
        }
        catch (Exception e)
        {
            socket.Dispose();
            cancel.ThrowIfCancellationRequested();
            throw e switch
            {
                SocketException => new ProbeException($"cannot be called: {e.Message}", e),
                OperationCanceledException => new ProbeException($"did not take a connection within {connectTime.TotalSeconds:F0} s", e),
                _ => e,
            };
        }
    }

    public async Task<SmtpReply> CommandAsync(string command, CancellationToken cancel)
    {
        await InTimeAsync(async limit => await _stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), limit), cancel);
        return await ReadAsync(cancel);
    }

    /// <summary>The next reply, whole.</summary>
    /// <exception cref="ProbeException">None came in time, or what came is not SMTP.</exception>
    public async Task<SmtpReply> ReadAsync(CancellationToken cancel)
    {
        SmtpReply? reply = null;
        await InTimeAsync(
            async limit =>
            {
                while (reply is null)
                {
                    var read = await _reader.ReadAsync(limit);
                    reply = TakeReply(read);
                }
            },
            cancel);
        return reply!;
    }

    /// <summary>Goes over to TLS with SNI. Any certificate is taken, and described.</summary>
    /// <param name="host">The name to ask for, and to look for in the certificate.</param>
    /// <param name="policy">How the certificate is checked.</param>
    /// <param name="cancel">Ends the handshake.</param>
    /// <exception cref="ProbeException">The handshake failed.</exception>
    public async Task<ProbeTls> StartTlsAsync(string host, X509ChainPolicy policy, CancellationToken cancel)
    {
        var errors = SslPolicyErrors.None;
        List<byte[]> sent = [];
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            CertificateChainPolicy = policy,
            RemoteCertificateValidationCallback = (_, certificate, chain, found) =>
            {
                errors = found;
                sent = certificate is null ? [] : [certificate.GetRawCertData(), .. chain?.ChainPolicy.ExtraStore.Select(c => c.RawData) ?? []];
                return certificate is not null;
            },
        };
        await InTimeAsync(async limit => await tls.AuthenticateAsClientAsync(options, limit), cancel);
        await _reader.CompleteAsync();
        _reader = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true));
        _replies = new SmtpReplyReader();
        return ProbeTls.Of(tls, errors, sent, _clock.GetUtcNow());
    }

    public async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync();
        await _stream.DisposeAsync();
    }

    private SmtpReply? TakeReply(ReadResult read)
    {
        var buffer = read.Buffer;
        var status = _replies.TryRead(ref buffer, out var reply);
        if (status == ReplyStatus.NeedMore)
        {
            _reader.AdvanceTo(buffer.Start, buffer.End);
            return read.IsCompleted ? throw new ProbeException("closed the connection") : null;
        }

        _reader.AdvanceTo(buffer.Start);
        return status == ReplyStatus.Reply ? reply : throw new ProbeException("sends what is not SMTP");
    }

    private async Task InTimeAsync(Func<CancellationToken, Task> step, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(_patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            await step(either.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or CryptographicException or InvalidOperationException or OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            throw e switch
            {
                OperationCanceledException => new ProbeException($"did not answer within {_patience.TotalSeconds:F0} s", e),
                AuthenticationException or CryptographicException => new ProbeException($"fails at the TLS handshake: {e.Message}", e),
                _ => new ProbeException("closed the connection", e),
            };
        }
    }
}
