using System.Net;
using BenchmarkDotNet.Attributes;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Benchmarks.Grpc;

/// <summary>gRPC calls and messages a second over loopback, with the settings of calls between nodes.</summary>
[MemoryDiagnoser]
public class CallBenchmarks : IAsyncDisposable
{
    private const int Calls = 64;
    private const int Messages = 10_000;

    private WebApplication _server = null!;
    private GrpcChannel _channel = null!;
    private Bench.BenchClient _client = null!;
    private AsyncDuplexStreamingCall<Blob, Blob> _open = null!;

    [GlobalSetup]
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton<ExchangeLog>().AddSingleton<BenchService>().AddPeerCalls().LimitMessages<BenchService>(ExchangeLimits.FrameSize);
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _server = builder.Build();
        _server.MapGrpcService<BenchService>();
        await _server.StartAsync();
        _channel = PeerTransport.CreateChannel(new Uri(_server.Urls.Single()), PeerTransport.CreateHandler(), ExchangeLimits.FrameSize);
        _client = new Bench.BenchClient(_channel);
        _open = _client.Duplex();
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        _open.Dispose();
        _channel.Dispose();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public async Task<int> UnaryCall() => (await _client.UnaryAsync(BenchService.Message)).Data.Length;

    [Benchmark(OperationsPerInvoke = Calls)]
    public async Task UnaryCallsAtOnce() =>
        await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => _client.UnaryAsync(BenchService.Message).ResponseAsync));

    [Benchmark]
    public async Task<int> DuplexRoundTrip()
    {
        await _open.RequestStream.WriteAsync(BenchService.Message);
        return (await _open.ResponseStream.NextAsync())!.Data.Length;
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public async Task<int> ServerStreamMessage()
    {
        using var call = _client.Download(new Amount { Messages = Messages });
        return await OctetsAsync(call.ResponseStream);
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public async Task<int> DuplexMessage()
    {
        using var call = _client.Duplex();
        var writing = Task.Run(async () =>
        {
            for (var i = 1; i <= Messages; i++)
            {
                await call.RequestStream.SendAsync(BenchService.Message, BenchService.Follows(i, Messages));
            }

            await call.RequestStream.CompleteAsync();
        });
        var octets = await OctetsAsync(call.ResponseStream);
        await writing;
        return octets;
    }

    private static async Task<int> OctetsAsync(IAsyncStreamReader<Blob> stream)
    {
        var octets = 0;
        while (await stream.NextAsync() is { } message)
        {
            octets += message.Data.Length;
        }

        return octets;
    }
}
