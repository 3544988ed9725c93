using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

internal enum WireEvent
{
    Line,
    LineTooLong,
    BareLineEnd,
    Closed,
    TimedOut,
    Draining,
}

/// <summary>
/// A client's connection: lines in, replies out, with timeouts, and the turn to TLS. Replies are gathered while the
/// client's next command is already here, and leave in one packet when the session would wait (RFC 2920, section 3.2).
/// </summary>
internal sealed class SmtpWire : IAsyncDisposable
{
    // A fault's reply must reach the client although it still sends; what it sends meanwhile is read and dropped, up to here.
    private const long LingerOctets = 256 * 1024;

    // Replies gathered for a client that goes on sending before they are sent all the same, octets.
    private const long MaxGathered = 16 * 1024;
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    /// <summary>How long a client may leave its replies unread; nobody honest does.</summary>
    public static readonly TimeSpan FlushTimeout = TimeSpan.FromMinutes(2);

    private readonly ConnectionContext _connection;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _onDrain;
    private readonly CancellationToken _draining;
    private PipeReader _input;
    private PipeWriter _output;
    private SslStream? _tls;
    private long _deadline = long.MaxValue;

    public SmtpWire(ConnectionContext connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _input = connection.Transport.Input;
        _output = connection.Transport.Output;
        _timer = time.CreateTimer(static wire => ((SmtpWire)wire!)._input.CancelPendingRead(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _draining = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        _onDrain = _draining.Register(static wire => ((SmtpWire)wire!)._input.CancelPendingRead(), this);
    }

    /// <summary>Where the client connected to; null if there is no telling.</summary>
    public IPEndPoint? Local => _connection.LocalEndPoint as IPEndPoint;

    /// <summary>Cancelled when the client is gone.</summary>
    public CancellationToken Gone => _connection.ConnectionClosed;

    public bool IsDraining => _draining.IsCancellationRequested;

    /// <summary>The TLS layer once STARTTLS is done, for the Received header and the log.</summary>
    public SslStream? Tls => _tls;

    /// <summary>Puts a reply behind those not yet sent.</summary>
    public void Write(SmtpReply reply) => reply.WriteTo(_output);

    /// <summary>Sends what is written. False: the client is gone.</summary>
    public async ValueTask<bool> FlushAsync()
    {
        try
        {
            var flush = _output.FlushAsync(CancellationToken.None);
            var result = flush.IsCompleted ? await flush : await flush.AsTask().WaitAsync(FlushTimeout, _time);
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

    /// <summary>Whether the client has already sent something that nobody has read.</summary>
    public bool HasInput()
    {
        if (!TryRead(out var result))
        {
            return false;
        }

        var any = !result.Buffer.IsEmpty;
        _input.AdvanceTo(result.Buffer.Start);
        return any;
    }

    /// <summary>Takes the next command line if the client has already sent it whole; for commands that come in one group.</summary>
    public bool TryReadLine(int cap, out WireEvent what, out ReadOnlySequence<byte> line, out SequencePosition consumed)
    {
        (what, line, consumed) = (WireEvent.Line, default, default);
        if (!TryRead(out var result))
        {
            return false;
        }

        var buffer = result.Buffer;
        var status = SmtpLine.TryRead(ref buffer, cap, out line);
        if (status == LineStatus.NeedMore)
        {
            _input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            return false;
        }

        what = Event(status);
        consumed = buffer.Start;
        return true;
    }

    /// <summary>Gives back what <see cref="TryReadLine"/> or <see cref="ReadLineAsync"/> lent.</summary>
    public void Consume(SequencePosition consumed) => _input.AdvanceTo(consumed);

    /// <summary>Waits for a command line; what it lends is valid until <see cref="Consume"/>, which must follow unless the session ends.</summary>
    public async ValueTask<(WireEvent What, ReadOnlySequence<byte> Line, SequencePosition Consumed)> ReadLineAsync(int cap, TimeSpan timeout)
    {
        if (_output.UnflushedBytes >= MaxGathered && !await FlushAsync())
        {
            return (WireEvent.Closed, default, default);
        }

        if (TryReadLine(cap, out var what, out var line, out var consumed))
        {
            return (what, line, consumed);
        }

        if (!await FlushAsync())
        {
            return (WireEvent.Closed, default, default);
        }

        // Whatever has read meanwhile may have met the cancellation that told of it.
        if (IsDraining)
        {
            return (WireEvent.Draining, default, default);
        }

        using var armed = Arm(timeout);
        while (await ReadAsync() is { } result)
        {
            var buffer = result.Buffer;
            var status = SmtpLine.TryRead(ref buffer, cap, out line);
            if (status != LineStatus.NeedMore)
            {
                return (Event(status), line, buffer.Start);
            }

            _input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (Ended(result) is { } end)
            {
                return (end, default, default);
            }
        }

        return (WireEvent.Closed, default, default);
    }

    /// <summary>Throws away the rest of a line that was too long; <see cref="WireEvent.Line"/> when its end was reached.</summary>
    public async ValueTask<WireEvent> SkipLineAsync(TimeSpan timeout)
    {
        using var armed = Arm(timeout);
        while (await ReadAsync() is { } result)
        {
            var buffer = result.Buffer;
            var done = SmtpLine.TrySkipRest(ref buffer);
            _input.AdvanceTo(buffer.Start, done ? buffer.Start : result.Buffer.End);
            if (done)
            {
                return WireEvent.Line;
            }

            if (Ended(result) is { } end)
            {
                return end;
            }
        }

        return WireEvent.Closed;
    }

    /// <summary>Reads a message's text to its end of data. <see cref="WireEvent.Line"/>: the end was reached.</summary>
    /// <param name="reader">A new one.</param>
    /// <param name="text">Takes the content.</param>
    /// <param name="silence">How long nothing may come.</param>
    /// <param name="total">How long it may take in all.</param>
    public async ValueTask<WireEvent> ReadTextAsync(MessageTextReader reader, IBufferWriter<byte> text, TimeSpan silence, TimeSpan total)
    {
        var from = _time.GetTimestamp();
        while (true)
        {
            var left = total - _time.GetElapsedTime(from);
            using var armed = Arm(left < silence ? left > TimeSpan.Zero ? left : TimeSpan.Zero : silence);
            if (await ReadAsync() is not { } result)
            {
                return WireEvent.Closed;
            }

            var buffer = result.Buffer;
            var done = reader.Read(ref buffer, text);
            _input.AdvanceTo(buffer.Start, done ? buffer.Start : result.Buffer.End);
            if (done)
            {
                return WireEvent.Line;
            }

            // Draining does not interrupt a text: a message in flight is finished first.
            if (Ended(result) is { } end and not WireEvent.Draining)
            {
                return end;
            }
        }
    }

    /// <summary>Waits for any input, which stays unread: <see cref="WireEvent.Line"/> when there is some.</summary>
    public async ValueTask<WireEvent> WaitForInputAsync(TimeSpan timeout)
    {
        using var armed = Arm(timeout);
        while (await ReadAsync() is { } result)
        {
            _input.AdvanceTo(result.Buffer.Start);
            if (!result.Buffer.IsEmpty)
            {
                return WireEvent.Line;
            }

            if (Ended(result) is { } end)
            {
                return end;
            }
        }

        return WireEvent.Closed;
    }

    /// <summary>
    /// Lets a pure parser take a prefix of the input, such as a PROXY header; it answers null for "need more".
    /// False: closed, too slow, or the parser said no.
    /// </summary>
    public async ValueTask<bool> ReadPrefixAsync(Func<ReadOnlySequence<byte>, (bool? Done, SequencePosition Consumed)> parse, TimeSpan timeout)
    {
        using var armed = Arm(timeout);
        while (await ReadAsync() is { } result)
        {
            var (done, consumed) = parse(result.Buffer);
            _input.AdvanceTo(done is null ? result.Buffer.Start : consumed, done is null ? result.Buffer.End : consumed);
            if (done is not null || Ended(result) is not null)
            {
                return done is true;
            }
        }

        return false;
    }

    /// <summary>Sends what is written, then waits. False: the client is gone.</summary>
    /// <param name="delay">How long at most.</param>
    /// <param name="enough">Ends the wait early; null: nothing does.</param>
    public async ValueTask<bool> DelayAsync(TimeSpan delay, Task? enough = null)
    {
        if (delay <= TimeSpan.Zero)
        {
            return !Gone.IsCancellationRequested;
        }

        if (!await FlushAsync())
        {
            return false;
        }

        var waiting = enough?.WaitAsync(delay, _time, Gone) ?? Task.Delay(delay, _time, Gone);
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !Gone.IsCancellationRequested;
    }

    /// <summary>Turns to TLS (RFC 3207, section 4). False: the handshake failed and the connection is of no use.</summary>
    public async ValueTask<bool> StartTlsAsync(SslServerAuthenticationOptions options, TimeSpan timeout)
    {
        var tls = new SslStream(new DuplexStream(_input.AsStream(), _output.AsStream()));
        try
        {
            using var late = new CancellationTokenSource(timeout, _time);
            await tls.AuthenticateAsServerAsync(options, late.Token);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException or InvalidOperationException)
        {
            await tls.DisposeAsync();
            return false;
        }

        _tls = tls;
        _input = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        _output = PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true));
        return true;
    }

    /// <summary>Sends what is written and reads on for a moment, so that the reset caused by unread input does not swallow the reply.</summary>
    public async ValueTask LingerAsync()
    {
        if (!await FlushAsync())
        {
            return;
        }

        using var armed = Arm(LingerTime);
        for (var octets = 0L; octets < LingerOctets && await ReadAsync() is { } result;)
        {
            octets += result.Buffer.Length;
            _input.AdvanceTo(result.Buffer.End);
            if (Ended(result) is WireEvent.Closed or WireEvent.TimedOut)
            {
                return;
            }
        }
    }

    public void Abort() => _connection.Abort();

    public async ValueTask DisposeAsync()
    {
        await _onDrain.DisposeAsync();
        await _timer.DisposeAsync();
        if (_tls is not null)
        {
            // Completed with a cause, the writer does not try once more to send what could not be sent.
            await _output.CompleteAsync(new ConnectionAbortedException());
            await _input.CompleteAsync();
            await _tls.DisposeAsync();
        }
    }

    private static WireEvent Event(LineStatus status) => status switch
    {
        LineStatus.Line => WireEvent.Line,
        LineStatus.TooLong => WireEvent.LineTooLong,
        _ => WireEvent.BareLineEnd,
    };

    private bool Expired => _time.GetTimestamp() >= _deadline;

    // What the transport throws when the peer is gone is an end like any other, for whoever reads next.
    private bool TryRead(out ReadResult result)
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

    // The same: null.
    private async ValueTask<ReadResult?> ReadAsync()
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

    private WireEvent? Ended(ReadResult result)
    {
        if (result.IsCompleted || Expired)
        {
            return result.IsCompleted ? WireEvent.Closed : WireEvent.TimedOut;
        }

        // Cancelled before the deadline: by draining, as the echo of an older timer, or by a timer a moment before its time.
        if (result.IsCanceled)
        {
            _timer.Change(_time.GetElapsedTime(_time.GetTimestamp(), _deadline) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }

        return IsDraining ? WireEvent.Draining : null;
    }

    private Armed Arm(TimeSpan timeout)
    {
        _deadline = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        _timer.Change(timeout, Timeout.InfiniteTimeSpan);
        return new Armed(this);
    }

    private void Disarm()
    {
        _deadline = long.MaxValue;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private readonly struct Armed(SmtpWire wire) : IDisposable
    {
        public void Dispose() => wire.Disarm();
    }
}
