using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;

namespace ThrottleNet.Protocol.Grpc;

/// <summary>The messages that come in over one call. One read at a time; cancelling is the whole call's, never a single read's.</summary>
public sealed class GrpcReader<T>(PipeReader input, MessageParser<T> parser, bool gzip, int maxSize, CancellationToken cancel)
    where T : class, IMessage<T>
{
    /// <summary>The next message, or null after the last.</summary>
    /// <exception cref="GrpcException">The message is too large, broken off, badly packed, or no message of this type.</exception>
    public async ValueTask<T?> ReadAsync()
    {
        while (true)
        {
            var result = await input.ReadAsync(cancel).ConfigureAwait(false);
            var buffer = result.Buffer;
            var rest = buffer;
            if (GrpcFrame.TryRead(ref rest, maxSize, out var compressed, out var payload))
            {
                var message = Parse(payload, compressed);
                input.AdvanceTo(rest.Start);
                return message;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return buffer.IsEmpty ? default : throw new GrpcException(GrpcStatusCode.Internal, "a message that broke off");
            }
        }
    }

    /// <summary>Every message up to the last.</summary>
    public async IAsyncEnumerable<T> ReadAllAsync()
    {
        while (await ReadAsync().ConfigureAwait(false) is { } message)
        {
            yield return message;
        }
    }

    private T Parse(in ReadOnlySequence<byte> payload, bool compressed)
    {
        if (compressed && !gzip)
        {
            throw new GrpcException(GrpcStatusCode.Internal, "a packed message without a grpc-encoding");
        }

        try
        {
            return parser.ParseFrom(compressed ? GrpcFrame.Decompress(payload, maxSize) : payload);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"not a {typeof(T).Name}", e);
        }
    }
}
