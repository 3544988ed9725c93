using Grpc.Core;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>Pings find a peer whose process is frozen while its connections stay open, in the middle of a stream.</summary>
public sealed class KeepAliveTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_frozen_server_ends_our_call()
    {
        await using var server = await JsEchoServer.StartAsync(compress: false);
        using var channel = PeerTransport.CreateChannel(server.Address, PeerTransport.CreateHandler(pingDelay: Second, pingTimeout: Second), EchoServer.MaxMessage);
        using var call = new Echo.EchoClient(channel).Duplex();
        await call.RequestStream.WriteAsync(new Ping { Text = "before" });
        Assert.Equal("before", (await call.ResponseStream.NextAsync().AsTask().WaitAsync(Eventually.Patience))!.Text);

        await server.FreezeAsync();
        var end = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.NextAsync().AsTask().WaitAsync(Eventually.Patience));
        Assert.NotNull(end.Status.DebugException); // the connection ended; the server sent no status
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_frozen_client_ends_our_handler()
    {
        await using var server = await EchoServer.StartAsync(ping: Second);
        await using var client = new ScriptProcess("client.js", server.Address.Authority, "streamUntilStopped");
        Assert.Equal("streaming", (await client.ReadAsync()).GetString());
        Assert.Equal("waiting", await server.NextEventAsync());

        await client.FreezeAsync();
        Assert.Equal("cancelled", await server.NextEventAsync());
    }
}
