using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Google.Protobuf;

namespace ThrottleNet.Protocol.Grpc;

/// <summary>
/// A length-prefixed message (gRPC, doc/PROTOCOL-HTTP2.md): a flag "compressed" of one octet, the length in four octets,
/// big-endian, and the message.
/// </summary>
internal static class GrpcFrame
{
    public const int HeaderSize = 5;

    /// <summary>
    /// Takes a frame off the buffer's front; false, with nothing taken, when more is needed. A length over the cap is refused as
    /// soon as it is known, before the message is there.
    /// </summary>
    /// <exception cref="GrpcException">ResourceExhausted: over the cap. Internal: no such flag.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int maxSize, out bool compressed, out ReadOnlySequence<byte> payload)
    {
        compressed = false;
        payload = default;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var flag) || !reader.TryReadBigEndian(out int length))
        {
            return false;
        }

        if (flag > 1)
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"a message with the unknown flag {flag}");
        }

        if ((uint)length > (uint)maxSize)
        {
            throw TooLarge($"{(uint)length} octets", maxSize);
        }

        if (!reader.TryReadExact(length, out payload))
        {
            return false;
        }

        compressed = flag == 1;
        buffer = buffer.Slice(reader.Position);
        return true;
    }

    /// <summary>Unpacks a gzip payload, holding at most the cap.</summary>
    /// <exception cref="GrpcException">ResourceExhausted: unpacks to more than the cap. Internal: not gzip.</exception>
    public static ReadOnlySequence<byte> Decompress(in ReadOnlySequence<byte> payload, int maxSize)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            using var gzip = new GZipStream(new MemoryStream(payload.ToArray()), CompressionMode.Decompress);
            for (int read; (read = gzip.Read(output.GetSpan())) > 0;)
            {
                output.Advance(read);
                if (output.WrittenCount > maxSize)
                {
                    throw TooLarge("unpacked", maxSize);
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw new GrpcException(GrpcStatusCode.Internal, "a message that is not gzip", e);
        }

        return new ReadOnlySequence<byte>(output.WrittenMemory);
    }

    /// <summary>Appends a message as a frame.</summary>
    /// <exception cref="GrpcException">ResourceExhausted: over the cap; nothing was written.</exception>
    public static void Write(IBufferWriter<byte> output, IMessage message, bool compress, int maxSize)
    {
        var size = message.CalculateSize();
        if (size > maxSize)
        {
            throw TooLarge($"{size} octets", maxSize);
        }

        if (!compress)
        {
            WriteHeader(output, compress, size);
            message.WriteTo(output);
            return;
        }

        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            message.WriteTo(gzip);
        }

        WriteHeader(output, compress, (int)packed.Length);
        output.Write(packed.GetBuffer().AsSpan(0, (int)packed.Length));
    }

    private static void WriteHeader(IBufferWriter<byte> output, bool compressed, int length)
    {
        var header = output.GetSpan(HeaderSize);
        header[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        output.Advance(HeaderSize);
    }

    private static GrpcException TooLarge(string what, int maxSize) =>
        new(GrpcStatusCode.ResourceExhausted, $"a message of more than {maxSize} octets: {what}");
}
