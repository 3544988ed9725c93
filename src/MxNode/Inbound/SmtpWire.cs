using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// SMTP over a client's connection: lines in, replies out, each wait with its time limit; <see cref="Content"/> reads texts. Replies are
/// gathered while the client's next command is already here, and leave in one packet when the session would wait (RFC 2920, section 3.2).
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
    private readonly ReadDeadline _deadline;

    public SmtpWire(ConnectionContext connection, TimeProvider time)
    {
        _client = new ClientTransport(connection, time);
        _time = time;
        _deadline = new ReadDeadline(_client, time);
        Content = new ContentReader(_client, _deadline, time);
    }

    /// <summary>The address the client connected to; null if unknown.</summary>
    public IPEndPoint? Local => _client.Local;

    /// <summary>Cancelled when the client is gone.</summary>
    public CancellationToken Gone => _client.Gone;

    public bool IsDraining => _client.Draining.IsCancellationRequested;

    /// <summary>The TLS layer, for the Received field and the log; null before STARTTLS.</summary>
    public SslStream? Tls => _client.Tls;

    /// <summary>Reads the text of a message.</summary>
    public ContentReader Content { get; }

    /// <summary>Puts a reply behind those not yet sent.</summary>
    public void Write(SmtpReply reply) => reply.WriteTo(_client.Output);

    /// <summary>Sends what is written. False: the client is gone.</summary>
    public ValueTask<bool> FlushAsync() => _client.FlushAsync();

    /// <inheritdoc cref="ClientTransport.StartTlsAsync"/>
    public ValueTask<bool> StartTlsAsync(ServerTlsChoice choice) => _client.StartTlsAsync(choice);

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

        using var armed = _deadline.Arm(timeout);
        while (await _client.ReadAsync() is { } result)
        {
            var buffer = result.Buffer;
            var status = SmtpLine.TryRead(ref buffer, cap, out line);
            if (status != LineStatus.NeedMore)
            {
                return (Event(status), line, buffer.Start);
            }

            _client.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (_deadline.Ended(result) is { } end)
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

    /// <summary>Waits for any input, which stays unread: <see cref="WireEvent.Line"/> when there is some.</summary>
    public async ValueTask<WireEvent> WaitForInputAsync(TimeSpan timeout)
    {
        using var armed = _deadline.Arm(timeout);
        while (await _client.ReadAsync() is { } result)
        {
            _client.AdvanceTo(result.Buffer.Start);
            if (!result.Buffer.IsEmpty)
            {
                return WireEvent.Line;
            }

            if (_deadline.Ended(result) is { } end)
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
        using var armed = _deadline.Arm(timeout);
        while (await _client.ReadAsync() is { } result)
        {
            var (done, consumed) = parse(result);
            _client.AdvanceTo(consumed, done is null ? result.Buffer.End : consumed);
            if (done is not null)
            {
                return done.Value ? WireEvent.Line : WireEvent.Closed;
            }

            if (_deadline.Ended(result) is { } end)
            {
                return end;
            }
        }

        return WireEvent.Closed;
    }

    /// <summary>Sends what is written, then waits; does neither if there is nothing to wait for. False: the client is gone.</summary>
    /// <param name="delay">How long at most.</param>
    /// <param name="enough">Ends the wait early; null: nothing does.</param>
    public async ValueTask<bool> DelayAsync(TimeSpan delay, Task? enough = null)
    {
        if (delay <= TimeSpan.Zero || enough is { IsCompleted: true })
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

        using var armed = _deadline.Arm(LingerTime);
        for (var octets = 0L; octets < LingerOctets && await _client.ReadAsync() is { } result;)
        {
            octets += result.Buffer.Length;
            _client.AdvanceTo(result.Buffer.End);
            if (_deadline.Ended(result) is WireEvent.Closed or WireEvent.TimedOut)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _deadline.DisposeAsync();
        await _client.DisposeAsync();
    }

    private static WireEvent Event(LineStatus status) => status switch
    {
        LineStatus.Line => WireEvent.Line,
        LineStatus.TooLong => WireEvent.LineTooLong,
        _ => WireEvent.BareLineEnd,
    };
}
