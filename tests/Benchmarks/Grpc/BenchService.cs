using Google.Protobuf;
using Grpc.Core;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.Benchmarks.Grpc;

/// <summary>Answers each message with itself, and streams messages of <see cref="MessageSize"/> octets.</summary>
internal sealed class BenchService : Bench.BenchBase
{
    /// <summary>Octets, the size of a batch of 200 entries.</summary>
    public const int MessageSize = 800;

    private const int MessagesTogether = 80;

    public static Blob Message { get; } = new() { Data = ByteString.CopyFrom(new byte[MessageSize]) };

    /// <summary>Whether a message waits for the next one, as on a link in whose queue all of them wait.</summary>
    public static bool Follows(int message, int messages) => message % MessagesTogether != 0 && message < messages;

    public override Task<Blob> Unary(Blob request, ServerCallContext context) => Task.FromResult(request);

    public override async Task Download(Amount request, IServerStreamWriter<Blob> responseStream, ServerCallContext context)
    {
        for (var i = 1; i <= request.Messages; i++)
        {
            await responseStream.SendAsync(Message, Follows(i, request.Messages));
        }
    }

    public override async Task Duplex(IAsyncStreamReader<Blob> requestStream, IServerStreamWriter<Blob> responseStream, ServerCallContext context)
    {
        while (await requestStream.NextAsync() is { } message)
        {
            await responseStream.WriteAsync(message);
        }
    }
}
