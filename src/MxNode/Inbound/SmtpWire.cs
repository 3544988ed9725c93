using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// SMTP over a client's connection: lines and texts in, replies out, each wait with its time limit. Replies are gathered while the
/// client's next command is already here, and leave in one packet when the session would wait (RFC 2920, section 3.2).
/// </summary>
internal sealed class SmtpWire : IAsyncDisposable
{
    // The reply to a fault must reach the client although it still sends; up to so many octets are read and dropped meanwhile.
    private const long LingerOctets = 256 * 1024;

    // Octets of replies gathered for a client that goes on sending, before they are sent all the same.
    private const long MaxGathered = 16 * 1024;
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    private readonly ClientTransport _client;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _onDrain;
    private long _deadline = long.MaxValue;

    public SmtpWire(ConnectionContext connection, TimeProvider time)
    {
        _client = new ClientTransport(connection, time);
        _time = time;
        _timer = time.CreateTimer(static client => ((ClientTransport)client!).CancelPendingRead(), _client, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _onDrain = _client.Draining.Register(static client => ((ClientTransport)client!).CancelPendingRead(), _client);
    }

    /// <summary>The address the client connected to; null if unknown.</summary>
    public IPEndPoint? Local => _client.Local;

    /// <summary>Cancelled when the client is gone.</summary>
    public CancellationToken Gone => _client.Gone;

    public bool IsDraining => _client.Draining.IsCancellationRequested;

    /// <summary>The TLS layer, for the Received field and the log; null before STARTTLS.</summary>
    public SslStream? Tls => _client.Tls;

    private bool Expired => _time.GetTimestamp() >= _deadline;

    /// <summary>Puts a reply behind those not yet sent.</summary>
    public void Write(SmtpReply reply) => reply.WriteTo(_client.Output);

    /// <summary>Sends what is written. False: the client is gone.</summary>
    public ValueTask<bool> FlushAsync() => _client.FlushAsync();

    /// <inheritdoc cref="ClientTransport.StartTlsAsync"/>
    public ValueTask<bool> StartTlsAsync(SslServerAuthenticationOptions options) => _client.StartTlsAsync(options);

    /// <summary>Ends the connection at once.</summary>
    public void Abort() => _client.Abort();

    /// <summary>Whether the client has already sent something that was not read.</summary>
    public bool HasInput()
    {
        if (!_client.TryRead(out var result))
        {
            return false;
        }

        var any = !result.Buffer.IsEmpty;
        _client.AdvanceTo(result.Buffer.Start);
        return any;
    }

    /// <summary>Takes the next command line if the client has already sent it whole; for commands that come in one group.</summary>
    public bool TryReadLine(int cap, out WireEvent what, out ReadOnlySequence<byte> line, out SequencePosition consumed)
    {
        (what, line, consumed) = (WireEvent.Line, default, default);
        if (!_client.TryRead(out var result))
        {
            return false;
        }

        var buffer = result.Buffer;
        var status = SmtpLine.TryRead(ref buffer, cap, out line);
        if (status == LineStatus.NeedMore)
        {
            _client.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            return false;
        }

        what = Event(status);
        consumed = buffer.Start;
        return true;
    }

    /// <summary>Gives back what <see cref="TryReadLine"/> or <see cref="ReadLineAsync"/> lent.</summary>
    public void Consume(SequencePosition consumed) => _client.AdvanceTo(consumed);

    /// <summary>Waits for a command line; what it lends is valid until <see cref="Consume"/>, which must follow unless the session ends.</summary>
    public async ValueTask<(WireEvent What, ReadOnlySequence<byte> Line, SequencePosition Consumed)> ReadLineAsync(int cap, TimeSpan timeout)
    {
        if (_client.Output.UnflushedBytes >= MaxGathered && !await FlushAsync())
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

        // An earlier read may have used up the cancellation that signals draining.
        if (IsDraining)
        {
            return (WireEvent.Draining, default, default);
        }

        using var armed = Arm(timeout);
        while (await _client.ReadAsync() is { } result)
        {
            var buffer = result.Buffer;
            var status = SmtpLine.TryRead(ref buffer, cap, out line);
            if (status != LineStatus.NeedMore)
            {
                return (Event(status), line, buffer.Start);
            }

            _client.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (Ended(result) is { } end)
            {
                return (end, default, default);
            }
        }

        return (WireEvent.Closed, default, default);
    }

    /// <summary>Throws away the rest of a line that was too long; <see cref="WireEvent.Line"/> when its end was reached.</summary>
    public ValueTask<WireEvent> SkipLineAsync(TimeSpan timeout) => ReadUntilAsync(
        result =>
        {
            var buffer = result.Buffer;
            var done = SmtpLine.TrySkipRest(ref buffer);
            return (done ? true : null, buffer.Start);
        },
        timeout);

    /// <summary>Reads a message's text as it follows DATA. <see cref="WireEvent.Line"/>: its end was reached.</summary>
    /// <param name="reader">A new one.</param>
    /// <param name="text">Takes the content.</param>
    /// <param name="silence">How long nothing may come.</param>
    /// <param name="total">How long it may take in all.</param>
    public ValueTask<WireEvent> ReadTextAsync(MessageTextReader reader, MessageText text, TimeSpan silence, TimeSpan total) =>
        ReadContentAsync(long.MaxValue, reader, text, silence, total);

    /// <summary>Reads the octets of one chunk. <see cref="WireEvent.Line"/>: all are here.</summary>
    /// <param name="octets">How many they are.</param>
    /// <param name="reader">Of the whole text; null throws the octets away.</param>
    /// <param name="text">Takes the content; null likewise.</param>
    /// <param name="silence">How long nothing may come.</param>
    /// <param name="total">How long it may take in all.</param>
    public ValueTask<WireEvent> ReadChunkAsync(long octets, MessageTextReader? reader, MessageText? text, TimeSpan silence, TimeSpan total) =>
        octets == 0 ? new(WireEvent.Line) : ReadContentAsync(octets, reader, text, silence, total);

    private async ValueTask<WireEvent> ReadContentAsync(long octets, MessageTextReader? reader, MessageText? text, TimeSpan silence, TimeSpan total)
    {
        var from = _time.GetTimestamp();
        while (true)
        {
            // Before each piece, not behind it: chunks that are smaller than a piece fill the text as well.
            if (text is { IsFull: true })
            {
                await text.SpillAsync();
            }

            var left = total - _time.GetElapsedTime(from);
            var (end, read) = await ReadPieceAsync(octets, reader, text, left < silence ? left > TimeSpan.Zero ? left : TimeSpan.Zero : silence);
            octets -= read;

            // Draining does not interrupt a text: a message in flight is finished first.
            if (end is not (null or WireEvent.Draining))
            {
                return end.Value;
            }

            if (octets == 0)
            {
                return WireEvent.Line;
            }
        }
    }

    private async ValueTask<(WireEvent? End, long Read)> ReadPieceAsync(long octets, MessageTextReader? reader, MessageText? text, TimeSpan timeout)
    {
        using var armed = Arm(timeout);
        if (await _client.ReadAsync() is not { } result)
        {
            return (WireEvent.Closed, 0);
        }

        var all = result.Buffer;
        var piece = all.Slice(0, Math.Min(all.Length, Math.Min(octets, MessageText.MaxPiece)));
        var rest = piece;
        var done = reader?.Read(ref rest, text!) == true;
        var read = done ? piece.Length - rest.Length : piece.Length;
        _client.AdvanceTo(all.GetPosition(read));
        return (done ? WireEvent.Line : read < all.Length || read == octets ? null : Ended(result), read);
    }

    /// <summary>Waits for any input, which stays unread: <see cref="WireEvent.Line"/> when there is some.</summary>
    public async ValueTask<WireEvent> WaitForInputAsync(TimeSpan timeout)
    {
        using var armed = Arm(timeout);
        while (await _client.ReadAsync() is { } result)
        {
            _client.AdvanceTo(result.Buffer.Start);
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

    /// <summary>Lets a pure parser take a prefix of the input, such as a PROXY header.</summary>
    /// <param name="parse">Answers null for "need more", true for "done", false for "malformed"; and what it has consumed.</param>
    /// <param name="timeout">For the whole prefix.</param>
    /// <returns><see cref="WireEvent.Line"/> for true, <see cref="WireEvent.Closed"/> for false.</returns>
    public async ValueTask<WireEvent> ReadUntilAsync(Func<ReadResult, (bool? Done, SequencePosition Consumed)> parse, TimeSpan timeout)
    {
        using var armed = Arm(timeout);
        while (await _client.ReadAsync() is { } result)
        {
            var (done, consumed) = parse(result);
            _client.AdvanceTo(consumed, done is null ? result.Buffer.End : consumed);
            if (done is not null)
            {
                return done.Value ? WireEvent.Line : WireEvent.Closed;
            }

            if (Ended(result) is { } end)
            {
                return end;
            }
        }

        return WireEvent.Closed;
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

    /// <summary>Sends what is written and reads on for a moment, because unread input would make TCP reset the connection before the reply is read.</summary>
    public async ValueTask LingerAsync()
    {
        if (!await FlushAsync())
        {
            return;
        }

        using var armed = Arm(LingerTime);
        for (var octets = 0L; octets < LingerOctets && await _client.ReadAsync() is { } result;)
        {
            octets += result.Buffer.Length;
            _client.AdvanceTo(result.Buffer.End);
            if (Ended(result) is WireEvent.Closed or WireEvent.TimedOut)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _onDrain.DisposeAsync();
        await _timer.DisposeAsync();
        await _client.DisposeAsync();
    }

    private static WireEvent Event(LineStatus status) => status switch
    {
        LineStatus.Line => WireEvent.Line,
        LineStatus.TooLong => WireEvent.LineTooLong,
        _ => WireEvent.BareLineEnd,
    };

    private WireEvent? Ended(ReadResult result)
    {
        if (result.IsCompleted || Expired)
        {
            return result.IsCompleted ? WireEvent.Closed : WireEvent.TimedOut;
        }

        // Cancelled before the deadline: by draining, by an older timer, or by a timer that fired a moment early.
        if (result.IsCanceled)
        {
            var left = _time.GetElapsedTime(_time.GetTimestamp(), _deadline) + TimeSpan.FromMilliseconds(1);
            _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
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
