namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>A server of echo.proto: ours, or the official JavaScript one.</summary>
internal interface IEchoServer : IAsyncDisposable
{
    public Uri Address { get; }

    /// <summary>How each call ended, in order: unary, waiting, cancelled.</summary>
    public Task<string> NextEventAsync();

    /// <summary>Finishes the calls under way, and accepts no new ones.</summary>
    public Task StopAsync();
}
