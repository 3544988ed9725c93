using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Protocol.Tests.Grpc;

public sealed class GrpcRequestContentTests
{
    [Fact]
    public async Task It_is_open_before_any_answer_can_come_to_the_headers_that_it_flushes()
    {
        using var content = new GrpcRequestContent(CancellationToken.None);
        await using var stream = new Connection(() => Assert.True(content.Opened.IsCompletedSuccessfully));
        var sending = content.CopyToAsync(stream);
        content.Complete();
        await sending;
        Assert.True(stream.IsFlushed);
    }

    private sealed class Connection(Action flushing) : MemoryStream
    {
        public bool IsFlushed { get; private set; }

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            flushing();
            IsFlushed = true;
            return Task.CompletedTask;
        }
    }
}
