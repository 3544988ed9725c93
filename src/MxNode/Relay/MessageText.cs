using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// The text of one message: in memory while it is small, then in a file without a name. It is written by one thread, then read
/// as often as wanted. Writing never throws: when the file fails (a full disk), the rest is dropped and <see cref="Failure"/> says why.
/// </summary>
internal sealed class MessageText : IBufferWriter<byte>, IAsyncDisposable
{
    // The first piece is not counted against the node's memory: every text may have as much.
    private const int FirstBuffer = 4 * 1024;

    // What a reader gets at a time: a few TCP segments' worth, and no more than a next hop's connection ought to buffer.
    private const int Piece = 32 * 1024;

    private readonly MessageSpool _spool;
    private readonly int _maxMemory;
    private byte[] _buffer = [];
    private int _buffered;
    private int _reserved;
    private SafeFileHandle? _file;
    private OutgoingDescriptor? _descriptor;
    private long _inFile;

    internal MessageText(MessageSpool spool, int maxMemory)
    {
        _spool = spool;
        _maxMemory = maxMemory;
    }

    /// <summary>Octets written so far.</summary>
    public long Length => _inFile + _buffered;

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
                ArrayPool<byte>.Shared.Return(piece);
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

    /// <summary>Gives memory and file back.</summary>
    public ValueTask DisposeAsync()
    {
        _file?.Dispose();
        _descriptor?.Dispose();
        _spool.Release(_reserved);
        _reserved = 0;
        _buffered = 0;
        Resize(0);
        return ValueTask.CompletedTask;
    }

    private async ValueTask<int> ReadFileAsync(Memory<byte> piece, long at, CancellationToken cancel)
    {
        var read = await RandomAccess.ReadAsync(_file!, piece, at, cancel);
        return read > 0 ? read : throw new EndOfStreamException("The file of a message's text is shorter than what was written to it");
    }

    private void MakeRoom(int wanted)
    {
        if (_buffer.Length - _buffered >= wanted || TryGrow(_buffered + wanted))
        {
            return;
        }

        Flush();
        if (_buffer.Length < wanted)
        {
            Resize(Math.Max(wanted, FirstBuffer));
        }
    }

    private bool TryGrow(int needed)
    {
        if (needed > _maxMemory || _file is not null || Failure is not null)
        {
            return false;
        }

        var size = Math.Max(Math.Max(needed, FirstBuffer), Math.Min(2 * _buffer.Length, _maxMemory));
        var more = size - FirstBuffer - _reserved;
        if (!_spool.TryReserve(more))
        {
            return false;
        }

        _reserved += more;
        Resize(size);
        return true;
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

    private void Flush()
    {
        if (_buffered > 0 && Failure is null)
        {
            try
            {
                if (_file is null)
                {
                    (_file, _descriptor) = _spool.OpenFile();
                }

                RandomAccess.Write(_file, _buffer.AsSpan(0, _buffered), _inFile);
                _inFile += _buffered;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Failure = e as IOException ?? new IOException(e.Message, e);
            }
        }

        _buffered = 0;
    }

    private void ThrowIfFailed()
    {
        if (Failure is not null)
        {
            throw new IOException("The text was not kept: " + Failure.Message, Failure);
        }
    }
}
