namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>A server of echo.proto, ours or theirs.</summary>
internal interface IEchoServer : IAsyncDisposable
{
    public Uri Address { get; }

    /// <summary>What became of the calls, in order: unary, waiting, cancelled.</summary>
    public Task<string> NextEventAsync();

    /// <summary>Lets calls end, and takes no more.</summary>
    public Task StopAsync();
}
