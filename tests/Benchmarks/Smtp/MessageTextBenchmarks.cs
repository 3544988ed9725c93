using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Benchmarks.Smtp;

/// <summary>
/// Message text to content and back, in pieces of 4 KiB as a pipe gives them; one operation is one message of <see cref="Octets"/>.
/// 1 MiB in 1 ms is 1.05 GB/s. Plain text has lines of some 70 octets, base64 lines of 76.
/// </summary>
[MemoryDiagnoser]
public class MessageTextBenchmarks
{
    private const int Octets = 1 << 20;
    private const int Piece = 4096;

    private readonly Sink _sink = new();
    private byte[] _content = [];
    private ReadOnlySequence<byte> _wire;

    [Params("text", "base64", "dots")]
    public string Mail { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var line = Mail switch
        {
            "text" => "It was the best of times, it was the worst of times, it was the age.\r\n",
            "base64" => new string('Q', 76) + "\r\n",
            _ => ".\r\n",
        };
        _content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, Octets / line.Length)));

        var wire = new ArrayBufferWriter<byte>();
        var stuffer = new DotStuffer();
        stuffer.Write(_content, wire);
        stuffer.Finish(wire);
        _wire = Pieces(wire.WrittenSpan.ToArray());
    }

    [Benchmark]
    public bool Read()
    {
        var buffer = _wire;
        return new MessageTextReader(long.MaxValue).Read(ref buffer, _sink);
    }

    [Benchmark]
    public void Stuff()
    {
        var stuffer = new DotStuffer();
        for (var at = 0; at < _content.Length; at += Piece)
        {
            stuffer.Write(_content.AsSpan(at, Math.Min(Piece, _content.Length - at)), _sink);
        }

        stuffer.Finish(_sink);
    }

    private static ReadOnlySequence<byte> Pieces(byte[] octets)
    {
        var first = new Segment(octets.AsMemory(0, Piece), 0);
        var last = first;
        for (var at = Piece; at < octets.Length; at += Piece)
        {
            last = last.Append(octets.AsMemory(at, Math.Min(Piece, octets.Length - at)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    /// <summary>Takes the copy and keeps nothing, so that the reader is measured and not the growth of a buffer.</summary>
    private sealed class Sink : IBufferWriter<byte>
    {
        private readonly byte[] _buffer = new byte[2 * Piece];

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public Span<byte> GetSpan(int sizeHint = 0) => _buffer;
    }
}
