using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// A connection to a next hop: lines out, replies in, each with its time limit. Each failure is a
/// <see cref="NextHopException"/>; the connection is of no further use afterwards. One call at a time, except <see cref="Abort"/>.
/// </summary>
internal sealed class NextHopConnection : IAsyncDisposable
{
    // Pooled buffers of this size carry the text; a message of the usual size goes out in one write.
    private const int WriteBuffer = 16 * 1024;

    private readonly Socket _socket;
    private readonly OutgoingDescriptor _descriptor;
    private readonly ITimer _deadline;
    private Stream _stream;
    private PipeReader _reader;
    private PipeWriter _writer;
    private SmtpReplyReader _replies = new();
    private volatile bool _expired;

    private NextHopConnection(Socket socket, OutgoingDescriptor descriptor, TimeProvider clock)
    {
        _descriptor = descriptor;
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        (_reader, _writer) = Pipes(_stream);
        _deadline = clock.CreateTimer(
            static connection => ((NextHopConnection)connection!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The address this node calls from; null when the connection is gone.</summary>
    public IPAddress? Local
    {
        get
        {
            try
            {
                return (_socket.LocalEndPoint as IPEndPoint)?.Address;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return null;
            }
        }
    }

    /// <summary>Takes the octets that the next flush sends.</summary>
    public PipeWriter Output => _writer;

    /// <summary>True when the next hop has sent something unasked, or closed: no transaction may begin on it.</summary>
    public bool HasInput
    {
        get
        {
            try
            {
                return HasBufferedInput || _socket.Poll(0, SelectMode.SelectRead);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    /// <summary>True when more has come with the last reply than that reply.</summary>
    public bool HasBufferedInput
    {
        get
        {
            if (!_reader.TryRead(out var read))
            {
                return false;
            }

            var any = !read.Buffer.IsEmpty || read.IsCompleted;
            _reader.AdvanceTo(read.Buffer.Start);
            return any;
        }
    }

    /// <exception cref="NextHopException">No connection was made in time, or this node has no descriptor left for one.</exception>
    /// <param name="hop">The next hop.</param>
    /// <param name="source">The address to call it from; null: the system's choice.</param>
    /// <param name="timeout">For the connection.</param>
    /// <param name="descriptors">Has one for the socket, or not.</param>
    /// <param name="clock">The clock of the timeouts.</param>
    /// <param name="cancel">The caller has given up.</param>
    public static async ValueTask<NextHopConnection> OpenAsync(
        IPEndPoint hop, IPAddress? source, TimeSpan timeout, DescriptorBudget descriptors, TimeProvider clock, CancellationToken cancel)
    {
        var descriptor = descriptors.TryTakeOutgoing() ?? throw new NextHopException(NextHopFault.Unreachable, "this node has no descriptor left for another connection");
        Socket? socket = null;
        using var limit = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            socket = new Socket(hop.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (source is not null)
            {
                socket.Bind(new IPEndPoint(source, 0));
            }

            await socket.ConnectAsync(hop, either.Token);
            return new NextHopConnection(socket, descriptor, clock);
        }
        catch (Exception e)
        {
            socket?.Dispose();
            descriptor.Dispose();
            if (e is SocketException)
            {
                throw new NextHopException(NextHopFault.Unreachable, e.Message, e);
            }

            if (e is not OperationCanceledException)
            {
                throw;
            }

            cancel.ThrowIfCancellationRequested();
            throw new NextHopException(NextHopFault.TimedOut, "no connection in time", e);
        }
    }

    /// <summary>Makes the connection fail when the caller gives up; dispose the registration when it may not any more.</summary>
    public CancellationTokenRegistration AbortOn(CancellationToken cancel) =>
        cancel.UnsafeRegister(static connection => ((NextHopConnection)connection!).Abort(), this);

    /// <summary>Ends whatever is going on, from any thread.</summary>
    public void Abort() => _socket.Dispose();

    /// <summary>Adds a command to what is to go out.</summary>
    public void WriteLine(string command)
    {
        // The parts of a command were parsed and are clean. This check keeps a second command out even if a parser fails.
        if (command.AsSpan().ContainsAny('\r', '\n'))
        {
            throw new ArgumentException("A command is one line", nameof(command));
        }

        Encoding.UTF8.GetBytes(command, _writer);
        Encoding.UTF8.GetBytes("\r\n", _writer);
    }

    public ValueTask FlushAsync(TimeSpan timeout) => InTimeAsync(static async c => await c._writer.FlushAsync(), timeout);

    /// <summary>The next reply, whole; the time is for all of it.</summary>
    public async ValueTask<SmtpReply> ReadReplyAsync(TimeSpan timeout)
    {
        _deadline.Change(timeout, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                var read = await _reader.ReadAsync();
                var buffer = read.Buffer;
                var status = _replies.TryRead(ref buffer, out var reply);
                if (status == ReplyStatus.NeedMore && !read.IsCompleted)
                {
                    _reader.AdvanceTo(buffer.Start, buffer.End);
                    continue;
                }

                _reader.AdvanceTo(buffer.Start);
                return status switch
                {
                    ReplyStatus.Reply => reply!,
                    ReplyStatus.Malformed => throw new NextHopException(NextHopFault.Garbage, "its answer is not SMTP"),
                    _ => throw Lost(null),
                };
            }
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw Lost(e);
        }
        finally
        {
            _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Goes over to TLS. Plaintext that arrived behind the answer to STARTTLS is dropped with the old reader (RFC 3207, section 4.2).</summary>
    /// <param name="handshake">The handshake.</param>
    /// <param name="timeout">For the whole handshake.</param>
    public async ValueTask<TlsFacts> StartTlsAsync(TlsHandshake handshake, TimeSpan timeout)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        _deadline.Change(timeout, Timeout.InfiniteTimeSpan);
        try
        {
            await tls.AuthenticateAsClientAsync(handshake.CreateOptions());
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw new NextHopException(NextHopFault.TlsFailed, e.Message, e);
        }
        finally
        {
            _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        await _reader.CompleteAsync();
        await _writer.CompleteAsync();
        (_reader, _writer) = Pipes(tls);
        _replies = new SmtpReplyReader();
        return handshake.Facts(tls);
    }

    /// <summary>
    /// Ends TLS with close_notify (RFC 8446, section 6.1): without it the next hop cannot tell the end of the session from a connection that
    /// was cut. Does nothing without TLS.
    /// </summary>
    public ValueTask EndTlsAsync(TimeSpan timeout) =>
        _stream is SslStream ? InTimeAsync(static async c => await ((SslStream)c._stream).ShutdownAsync(), timeout) : default;

    /// <summary>Closes the connection; nothing that was not flushed goes out.</summary>
    public async ValueTask DisposeAsync()
    {
        await _deadline.DisposeAsync();
        _socket.Dispose();
        _descriptor.Dispose();
        await _stream.DisposeAsync();
        await _reader.CompleteAsync();

        // With an exception the writer drops what it holds instead of sending it.
        await _writer.CompleteAsync(new OperationCanceledException());
    }

    private static (PipeReader Reader, PipeWriter Writer) Pipes(Stream stream) =>
        (PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true)),
        PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: WriteBuffer, leaveOpen: true)));

    private async ValueTask InTimeAsync(Func<NextHopConnection, ValueTask> call, TimeSpan timeout)
    {
        _deadline.Change(timeout, Timeout.InfiniteTimeSpan);
        try
        {
            await call(this);
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw Lost(e);
        }
        finally
        {
            _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    // A disposed socket and a TLS stream that has been fed nonsense throw more than IOException.
    private static bool IsLoss(Exception e) =>
        e is IOException or SocketException or AuthenticationException or CryptographicException or InvalidOperationException or OperationCanceledException;

    private void Expire()
    {
        _expired = true;
        Abort();
    }

    private NextHopException Lost(Exception? cause) => _expired
        ? new NextHopException(NextHopFault.TimedOut, "no answer in time", cause)
        : new NextHopException(NextHopFault.HungUp, "the connection was lost", cause);
}
