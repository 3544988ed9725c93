using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.Protocol.Milter;

namespace ThrottleNet.MxNode.Content;

/// <summary>A connection with one filter: events out, answers in, each wait bounded. For one session at a time.</summary>
internal sealed class FilterConnection : IAsyncDisposable
{
    // Events without an answer are gathered up to here, octets.
    private const int MaxGathered = 64 * 1024;

    private readonly Socket _socket;
    private readonly DescriptorStream _stream;
    private readonly PipeReader _input;
    private readonly ArrayBufferWriter<byte> _output = new(1024);
    private readonly TimeProvider _time;
    private CancellationTokenSource _cancel;
    private CancellationTokenRegistration _onGone;

    private FilterConnection(Socket socket, OutgoingDescriptor descriptor, long maxBody, TimeProvider time)
    {
        _socket = socket;
        _stream = new DescriptorStream(socket, descriptor);
        _input = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true));
        _time = time;
        _cancel = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        Protocol = new MilterClient(maxBody);
    }

    public MilterClient Protocol { get; }

    /// <summary>The connection has served another session before.</summary>
    public bool WasKept { get; private set; }

    /// <summary>When it was last given back, as a timestamp.</summary>
    public long KeptAt { get; private set; }

    /// <summary>Connects and negotiates.</summary>
    /// <param name="address">Where the filter listens.</param>
    /// <param name="maxBody">Octets of a new body that it may send.</param>
    /// <param name="budget">How long it may take.</param>
    /// <param name="time">The clock of all timeouts.</param>
    /// <param name="descriptors">The connection takes one of them.</param>
    /// <param name="gone">The client is gone.</param>
    /// <exception cref="FilterException">The filter does not answer, or this node has no descriptor left for a connection.</exception>
    public static async ValueTask<FilterConnection> OpenAsync(
        FilterAddress address, long maxBody, PhaseBudget budget, TimeProvider time, DescriptorBudget descriptors, CancellationToken gone)
    {
        var descriptor = descriptors.TryTakeOutgoing() ?? throw new FilterException(FilterFault.Unreachable, "this node has no descriptor left for another connection");
        Socket? socket = null;
        try
        {
            socket = address.CreateSocket(); // fails when the process has no descriptor left
            using var late = new CancellationTokenSource(budget.Next(), time);
            await socket.ConnectAsync(address.EndPoint, late.Token);
        }
        catch (Exception e)
        {
            socket?.Dispose();
            descriptor.Dispose();
            throw e switch
            {
                OperationCanceledException => new FilterException(FilterFault.TimedOut, "it does not take the connection"),
                FilterException late => late,
                _ => new FilterException(FilterFault.Unreachable, e.Message, e),
            };
        }

        var connection = new FilterConnection(socket, descriptor, maxBody, time);
        try
        {
            connection.Bind(gone);
            connection.Protocol.Negotiate(connection._output);
            await connection.FlushAsync(budget);
            await connection.ReadAnswerAsync(budget, null);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends every wait when this client is gone.</summary>
    public void Bind(CancellationToken gone) => _onGone = gone.UnsafeRegister(static cancel => ((CancellationTokenSource)cancel!).Cancel(), _cancel);

    /// <summary>Reports an event and waits for its answer.</summary>
    /// <param name="send">Writes the event; false where no answer comes.</param>
    /// <param name="budget">How long it may take.</param>
    /// <param name="onChange">Gets each change and each piece of a new body.</param>
    /// <returns>Null where no answer comes.</returns>
    /// <exception cref="FilterException">The filter does not answer.</exception>
    public async ValueTask<MilterAnswer?> AskAsync(
        Func<MilterClient, IBufferWriter<byte>, bool> send, PhaseBudget budget, Func<MilterRead, ValueTask>? onChange = null)
    {
        var waits = send(Protocol, _output);
        if (waits || _output.WrittenCount > MaxGathered)
        {
            await FlushAsync(budget);
        }

        return waits ? await ReadAnswerAsync(budget, onChange) : null;
    }

    /// <summary>Ends the current message; the filter is informed with the next event.</summary>
    public void Abort() => Protocol.Abort(_output);

    /// <summary>Ends the session and keeps the connection for another. False: the filter does not begin anew, and the connection must be closed.</summary>
    public async ValueTask<bool> TryKeepAsync(PhaseBudget budget, long now)
    {
        if (Protocol.IsWaiting || IsStale())
        {
            return false;
        }

        try
        {
            await UnbindAsync();
            Protocol.QuitAndKeep(_output);
            await FlushAsync(budget);
            await ReadAnswerAsync(budget, null);
            (WasKept, KeptAt) = (true, now);
            return true;
        }
        catch (FilterException)
        {
            return false;
        }
    }

    /// <summary>Ends the session and the connection.</summary>
    public async ValueTask QuitAsync(PhaseBudget budget)
    {
        try
        {
            if (!Protocol.IsWaiting)
            {
                await UnbindAsync();
                Protocol.Quit(_output);
                await FlushAsync(budget);
            }
        }
        catch (FilterException)
        {
            // The filter is gone before us.
        }

        await DisposeAsync();
    }

    /// <summary>Whether the filter has closed the connection or sent something unsolicited.</summary>
    public bool IsStale()
    {
        try
        {
            return _socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _onGone.DisposeAsync();
        await _input.CompleteAsync();
        await _stream.DisposeAsync();
        _cancel.Dispose();
    }

    // The client that is gone no longer ends the waits.
    private async ValueTask UnbindAsync()
    {
        await _onGone.DisposeAsync();
        _cancel.Dispose();
        _cancel = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
    }

    private async ValueTask FlushAsync(PhaseBudget budget)
    {
        await WaitAsync(budget, async (self, cancel) =>
        {
            await self._stream.WriteAsync(self._output.WrittenMemory, cancel);
            return true;
        });
        _output.ResetWrittenCount();
    }

    private async ValueTask<MilterAnswer> ReadAnswerAsync(PhaseBudget budget, Func<MilterRead, ValueTask>? onChange)
    {
        while (true)
        {
            var result = await WaitAsync(budget, static (self, cancel) => self._input.ReadAsync(cancel));
            var buffer = result.Buffer;
            MilterAnswer? answer = null;
            while (answer is null && Protocol.Read(ref buffer) is { Status: not MilterReadStatus.NeedMore } read)
            {
                answer = read.Status == MilterReadStatus.Fault ? throw new FilterException(FilterFault.Broken, read.Fault!) : read.Answer;
                if (read.Status is MilterReadStatus.Change or MilterReadStatus.BodyPiece && onChange is not null)
                {
                    await onChange(read);
                }
            }

            _input.AdvanceTo(buffer.Start, answer is null ? buffer.End : buffer.Start);
            if (answer is not null)
            {
                return buffer.IsEmpty ? answer : throw new FilterException(FilterFault.Broken, "it sent an answer that nobody awaits");
            }

            if (result.IsCompleted)
            {
                throw new FilterException(FilterFault.HungUp, "it closed the connection");
            }
        }
    }

    private async ValueTask<T> WaitAsync<T>(PhaseBudget budget, Func<FilterConnection, CancellationToken, ValueTask<T>> what)
    {
        _cancel.CancelAfter(budget.Next());
        try
        {
            return await what(this, _cancel.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new FilterException(FilterFault.TimedOut, "it does not answer in time", e);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new FilterException(FilterFault.HungUp, "it broke the connection: " + e.Message, e);
        }
        finally
        {
            _cancel.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }
}
