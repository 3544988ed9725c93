using ThrottleNet.MxNode.Grpc;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>A peer whose process stands still while its connections stand is noticed in the middle of a stream, by pings that it does not answer.</summary>
public sealed class KeepAliveTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_server_that_stands_still_ends_our_call()
    {
        await using var server = await JsEchoServer.StartAsync(compress: false);
        using var channel = new GrpcChannel(server.Address, GrpcTransport.CreateHandler(pingDelay: Second, pingTimeout: Second), TimeProvider.System);
        await using var call = channel.Open(EchoMethods.Duplex);
        await call.WriteAsync(new Ping { Text = "before" });
        Assert.Equal("before", (await call.ReadAsync().AsTask().WaitAsync(Patience.Long))!.Text);

        await server.FreezeAsync();
        var end = await Assert.ThrowsAsync<GrpcException>(() => call.ReadAsync().AsTask().WaitAsync(Patience.Long));
        Assert.IsType<HttpProtocolException>(end.InnerException); // .NET gives it the code of a protocol error
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_client_that_stands_still_ends_our_handler()
    {
        await using var server = await EchoServer.StartAsync(ping: Second);
        await using var client = new NodeProcess("client.js", server.Address.Authority, "streamUntilStopped");
        Assert.Equal("streaming", (await client.ReadAsync()).GetString());
        Assert.Equal("waiting", await server.NextEventAsync());

        await client.FreezeAsync();
        Assert.Equal("cancelled", await server.NextEventAsync());
    }
}
