using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using ThrottleNet.Protocol.Tls;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The octets of a client's connection, in plaintext at first and over TLS after STARTTLS. A connection that is lost is an end of
/// input, never an exception.
/// </summary>
internal sealed class ClientTransport(ConnectionContext connection, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long a client may leave its replies unread.</summary>
    public static readonly TimeSpan FlushTimeout = TimeSpan.FromMinutes(2);

    // Covers some round trips.
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);

    // One alert record. A client that takes no more octets does not wait for it.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    private PipeReader _input = connection.Transport.Input;
    private PipeWriter _output = connection.Transport.Output;

    /// <summary>The address the client connected to; null if unknown.</summary>
    public IPEndPoint? Local => connection.LocalEndPoint as IPEndPoint;

    /// <summary>Cancelled when the client is gone.</summary>
    public CancellationToken Gone => connection.ConnectionClosed;

    /// <summary>Cancelled when the node is shutting down.</summary>
    public CancellationToken Draining { get; } = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;

    /// <summary>The TLS layer; null before STARTTLS.</summary>
    public SslStream? Tls { get; private set; }

    /// <summary>Takes what is to be sent with the next flush.</summary>
    public PipeWriter Output => _output;

    /// <summary>Sends what is written. False: the client is gone, or has left its replies unread for too long.</summary>
    public async ValueTask<bool> FlushAsync()
    {
        try
        {
            var flush = _output.FlushAsync(CancellationToken.None);
            var result = flush.IsCompleted ? await flush : await flush.AsTask().WaitAsync(FlushTimeout, time);
            return !result.IsCompleted;
        }
        catch (TimeoutException)
        {
            Abort();
            return false;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Takes the input that has already arrived; each successful read must be followed by an advance.</summary>
    public bool TryRead(out ReadResult result)
    {
        try
        {
            return _input.TryRead(out result);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            result = default;
            return false;
        }
    }

    /// <summary>Waits for input; null: the client is gone. Each other result must be followed by an advance.</summary>
    public async ValueTask<ReadResult?> ReadAsync()
    {
        try
        {
            return await _input.ReadAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return null;
        }
    }

    public void AdvanceTo(SequencePosition consumed) => _input.AdvanceTo(consumed);

    public void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _input.AdvanceTo(consumed, examined);

    /// <summary>Makes a pending <see cref="ReadAsync"/>, or the next one, return at once.</summary>
    public void CancelPendingRead() => _input.CancelPendingRead();

    /// <summary>Goes over to TLS (RFC 3207, section 4). False: the handshake failed and the connection is of no use.</summary>
    public async ValueTask<bool> StartTlsAsync(ServerTlsChoice choice)
    {
        var tls = new SslStream(new DuplexStream(_input.AsStream(), _output.AsStream()));
        try
        {
            using var late = new CancellationTokenSource(HandshakeTimeout, time);
            var offered = await PeekHelloAsync(late.Token);
            await tls.AuthenticateAsServerAsync((_, hello, _, _) => ValueTask.FromResult(choice.For(hello.ServerName).OptionsFor(offered)), null, late.Token);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or InvalidOperationException)
        {
            await tls.DisposeAsync();
            return false;
        }

        Tls = tls;
        _input = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        _output = PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true));
        return true;
    }

    // Reads the client's first TLS message, and leaves it in the input for the handshake. If it is no ClientHello, the handshake fails.
    private async ValueTask<ClientHello> PeekHelloAsync(CancellationToken cancel)
    {
        while (true)
        {
            var read = await _input.ReadAsync(cancel);
            var status = ClientHello.Read(read.Buffer.Slice(0, Math.Min(read.Buffer.Length, ClientHello.MaxLength)).ToArray(), out var hello);
            if (status != ClientHelloStatus.NeedMore || read.IsCompleted || read.IsCanceled)
            {
                _input.AdvanceTo(read.Buffer.Start);
                return hello;
            }

            _input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Ends the connection at once.</summary>
    public void Abort() => connection.Abort();

    public async ValueTask DisposeAsync()
    {
        if (Tls is not { } tls)
        {
            return;
        }

        await ShutDownAsync(tls);

        // Completed with a cause, the writer does not try once more to send what could not be sent.
        await _output.CompleteAsync(new ConnectionAbortedException());
        await _input.CompleteAsync();
        await tls.DisposeAsync();
    }

    // RFC 8446, section 6.1: without close_notify the client cannot tell the end of the session from a connection that was cut.
    private async ValueTask ShutDownAsync(SslStream tls)
    {
        if (Gone.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await tls.ShutdownAsync().WaitAsync(ShutdownTimeout, time);
        }
        catch (TimeoutException)
        {
            Abort();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException or CryptographicException)
        {
            // The client is gone, or in the middle of a handshake of its own, which it must not begin.
        }
    }
}
