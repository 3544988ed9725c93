using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// The text of one message: in memory while it is small, then in a file without a name. It is written by one caller, then read
/// as often as wanted. Writing goes to memory and never fails; the writer calls <see cref="SpillAsync"/> whenever <see cref="IsFull"/>.
/// When the file fails (a full disk, or one that stalls), the rest is dropped and <see cref="Failure"/> says why.
/// </summary>
internal sealed class MessageText : ITextSource, IBufferWriter<byte>, IAsyncDisposable
{
    /// <summary>Octets that may be written between two looks at <see cref="IsFull"/>, so that the memory of a text is bounded.</summary>
    public const int MaxPiece = 16 * 1024;

    // The first piece is not counted against the node's memory: every text may have as much.
    private const int FirstBuffer = 4 * 1024;

    // What a reader gets at a time: a few TCP segments' worth, and no more than a next hop's connection ought to buffer.
    private const int Piece = 32 * 1024;

    // A disk that takes longer for one write has stalled; the client has as long for its next octets.
    private static readonly TimeSpan DiskTimeout = TimeSpan.FromSeconds(30);

    private readonly TextStore _store;
    private readonly int _maxMemory;
    private byte[] _buffer = [];
    private int _buffered;
    private int _reserved;
    private bool _isShortOfMemory;
    private SafeFileHandle? _file;
    private Task _pending = Task.CompletedTask; // the last call to the disk, which may outlive its time
    private OutgoingDescriptor? _descriptor;
    private long _inFile;

    internal MessageText(TextStore store, int maxMemory)
    {
        _store = store;
        _maxMemory = maxMemory;
    }

    /// <summary>Octets written so far.</summary>
    public long Length => _inFile + _buffered;

    /// <summary>The whole text, where it is in memory; null where a part of it is in a file, or was not kept.</summary>
    public ReadOnlyMemory<byte>? InMemory => _file is null && Failure is null ? new ReadOnlyMemory<byte>(_buffer, 0, _buffered) : default(ReadOnlyMemory<byte>?);

    /// <summary>True when what is in memory is to go to the file before more is written.</summary>
    public bool IsFull => _buffered > 0 && (_isShortOfMemory || _buffered >= _maxMemory);

    /// <summary>Why the text could not be kept; the message then cannot be taken for now (452 4.3.1).</summary>
    public IOException? Failure { get; private set; }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _buffered);
        _buffered += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_buffered);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>The text from an offset on, piece by piece; a piece is valid until the next one is asked for.</summary>
    /// <exception cref="IOException">The text was not kept, or its file cannot be read.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPiecesAsync(long from, [EnumeratorCancellation] CancellationToken cancel)
    {
        ThrowIfFailed();
        if (from < _inFile)
        {
            var piece = ArrayPool<byte>.Shared.Rent(Piece);
            try
            {
                while (from < _inFile)
                {
                    var read = await ReadFileAsync(piece, from, cancel);
                    yield return piece.AsMemory(0, read);
                    from += read;
                }
            }
            finally
            {
                // A read that is late still writes into it.
                if (_pending.IsCompleted)
                {
                    ArrayPool<byte>.Shared.Return(piece);
                }
            }
        }

        for (var at = (int)(from - _inFile); at < _buffered; at += Piece)
        {
            yield return _buffer.AsMemory(at, Math.Min(Piece, _buffered - at));
        }
    }

    /// <summary>The first octets of the text, in one piece.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="cancel">Ends the wait for the disk.</param>
    /// <returns>To be disposed of before the text.</returns>
    /// <exception cref="IOException">The text was not kept, or its file cannot be read.</exception>
    public async ValueTask<TextHead> ReadHeadAsync(int most, CancellationToken cancel)
    {
        ThrowIfFailed();
        var length = (int)Math.Min(most, Length);
        if (_file is null)
        {
            return new TextHead(_buffer, length, isRented: false);
        }

        var head = ArrayPool<byte>.Shared.Rent(length);
        var at = 0;
        while (at < length && at < _inFile)
        {
            at += await ReadFileAsync(head.AsMemory(at, (int)Math.Min(length - at, _inFile - at)), at, cancel);
        }

        _buffer.AsSpan(0, length - at).CopyTo(head.AsSpan(at));
        return new TextHead(head, length, isRented: true);
    }

    /// <summary>Moves what is in memory to the file. Never throws: <see cref="Failure"/> says what went wrong.</summary>
    public async ValueTask SpillAsync()
    {
        var octets = _buffer.AsMemory(0, _buffered);
        _buffered = 0;
        if (octets.IsEmpty || Failure is not null)
        {
            return;
        }

        try
        {
            if (_file is null)
            {
                (_file, _descriptor) = await OnDiskAsync(_store.OpenFile);
            }

            await OnDiskAsync(() =>
            {
                RandomAccess.Write(_file!, octets.Span, _inFile);
                return true;
            });
            _inFile += octets.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure = e as IOException ?? new IOException(e.Message, e);
        }
    }

    /// <summary>Gives memory and file back.</summary>
    public ValueTask DisposeAsync()
    {
        _store.Release(_reserved);
        _reserved = 0;
        _buffered = 0;
        if (_pending.IsCompleted)
        {
            _file?.Dispose();
            _descriptor?.Dispose();
            Resize(0);
        }
        else
        {
            // The disk still has hold of them; the buffer is left to the collector.
            var (file, descriptor) = (_file, _descriptor);
            _pending.ContinueWith(
                opened =>
                {
                    file?.Dispose();
                    descriptor?.Dispose();
                    if (opened is Task<(SafeFileHandle File, OutgoingDescriptor Descriptor)> { IsCompletedSuccessfully: true, Result: var late })
                    {
                        late.File.Dispose();
                        late.Descriptor.Dispose();
                    }
                },
                TaskScheduler.Default);
            _buffer = [];
        }

        (_file, _descriptor) = (null, null);
        return ValueTask.CompletedTask;
    }

    private async ValueTask<int> ReadFileAsync(Memory<byte> piece, long at, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var file = _file!;
        var read = await OnDiskAsync(() => RandomAccess.Read(file, piece.Span, at));
        return read > 0 ? read : throw new EndOfStreamException("The file of a message's text is shorter than what was written to it");
    }

    private async Task<T> OnDiskAsync<T>(Func<T> call)
    {
        var pending = _store.Disk.RunAsync(call);
        _pending = pending;
        try
        {
            return await pending.WaitAsync(DiskTimeout, _store.Clock);
        }
        catch (TimeoutException e)
        {
            throw new IOException("the disk did not answer in time", e);
        }
    }

    private void MakeRoom(int wanted)
    {
        var needed = _buffered + wanted;
        if (_buffer.Length >= needed)
        {
            return;
        }

        var size = needed <= _maxMemory ? Math.Max(Math.Max(needed, FirstBuffer), Math.Min(2 * _buffer.Length, _maxMemory)) : Math.Max(needed + MaxPiece, 2 * _buffer.Length);
        var more = size - FirstBuffer - _reserved;
        if (more > 0 && _store.TryReserve(more))
        {
            _reserved += more;
        }
        else
        {
            _isShortOfMemory |= more > 0;
        }

        Resize(size);
    }

    private void Resize(int size)
    {
        var old = _buffer;
        _buffer = size == 0 ? [] : ArrayPool<byte>.Shared.Rent(size);
        old.AsSpan(0, _buffered).CopyTo(_buffer);
        if (old.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(old);
        }
    }

    private void ThrowIfFailed()
    {
        if (Failure is not null)
        {
            throw new IOException("The text was not kept: " + Failure.Message, Failure);
        }
    }
}
