using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>The service of echo.proto, under the settings of calls between nodes.</summary>
internal sealed class EchoService : Echo.EchoBase
{
    /// <summary>A ping's status that makes the handler throw an exception without a status.</summary>
    public const int NoStatus = 99;

    private int _streamed;

    public Channel<string> Events { get; } = Channel.CreateUnbounded<string>();

    /// <summary>Answers of server streams that the transport has accepted.</summary>
    public int Streamed => Volatile.Read(ref _streamed);

    public override async Task<Pong> Unary(Ping request, ServerCallContext context)
    {
        await Events.Writer.WriteAsync($"unary {context.GetHttpContext().Request.Headers["grpc-encoding"]}".Replace("identity", "", StringComparison.Ordinal).Trim());
        await WaitAsync(request, context);
        return Answer(request, request.Count);
    }

    public override async Task ServerStream(Ping request, IServerStreamWriter<Pong> responseStream, ServerCallContext context)
    {
        var pong = new Ping(request) { Status = 0 };
        for (var i = 0; i < request.Count; i++)
        {
            await responseStream.WriteAsync(Answer(pong, i));
            Interlocked.Increment(ref _streamed);
        }

        await WaitAsync(request, context);
        Answer(request, 0);
    }

    public override async Task<Pong> ClientStream(IAsyncStreamReader<Ping> requestStream, ServerCallContext context)
    {
        var (text, count) = ("", 0);
        while (await requestStream.NextAsync() is { } ping)
        {
            Answer(ping, 0);
            text += ping.Text;
            count++;
        }

        return new Pong { Text = text, Count = count };
    }

    public override async Task Duplex(IAsyncStreamReader<Ping> requestStream, IServerStreamWriter<Pong> responseStream, ServerCallContext context)
    {
        try
        {
            var count = 0;
            while (await requestStream.NextAsync() is { } ping)
            {
                await WaitAsync(ping, context);
                await responseStream.WriteAsync(Answer(ping, ++count));
            }
        }
        catch (Exception e) when (e is not RpcException)
        {
            await Events.Writer.WriteAsync("cancelled");
            throw;
        }
    }

    private static Pong Answer(Ping ping, int count) => ping.Status switch
    {
        0 => new Pong { Text = ping.Text, Count = count, Data = ping.Size > 0 ? ByteString.CopyFrom(new byte[ping.Size]) : ping.Data },
        NoStatus => throw new InvalidOperationException("a secret"),
        _ => throw new RpcException(new Status((StatusCode)ping.Status, ping.Text)),
    };

    private async Task WaitAsync(Ping ping, ServerCallContext context)
    {
        if (!ping.Wait)
        {
            return;
        }

        try
        {
            await Events.Writer.WriteAsync("waiting");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            await Events.Writer.WriteAsync("cancelled");
            throw;
        }
    }
}
