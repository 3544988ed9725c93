namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>The service of echo.proto on the official JavaScript implementation.</summary>
internal sealed class JsEchoServer : IEchoServer
{
    private readonly ScriptProcess _node;

    private JsEchoServer(ScriptProcess node, int port)
    {
        _node = node;
        Address = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri Address { get; }

    public static async Task<JsEchoServer> StartAsync(bool compress)
    {
        // 2 is gzip
        var node = new ScriptProcess("server.js", compress ? """{ "grpc.default_compression_algorithm": 2 }""" : "{}");
        return new JsEchoServer(node, (await node.ReadAsync()).GetInt32());
    }

    public async Task<string> NextEventAsync() => (await _node.ReadAsync()).GetString()!;

    /// <inheritdoc cref="ScriptProcess.FreezeAsync"/>
    public Task FreezeAsync() => _node.FreezeAsync();

    public async Task StopAsync() => await _node.WriteLineAsync("shutdown");

    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
