using System.Net;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Grpc;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Benchmarks.Grpc;

/// <summary>Calls and messages a second, our client to our server over loopback; a message is as large as a batch of 200 entries.</summary>
[MemoryDiagnoser]
public class CallBenchmarks : IAsyncDisposable
{
    private const int Calls = 64;
    private const int Messages = 10_000;
    private const int MessageSize = 800;

    private static readonly GrpcMethod<BytesValue, BytesValue> Unary = new("bench.Service", "Unary");
    private static readonly GrpcMethod<Int32Value, BytesValue> Stream = new("bench.Service", "Stream");
    private static readonly GrpcMethod<BytesValue, BytesValue> Duplex = new("bench.Service", "Duplex");

    private readonly BytesValue _message = new() { Value = ByteString.CopyFrom(new byte[MessageSize]) };
    private WebApplication _server = null!;
    private GrpcChannel _channel = null!;
    private GrpcCall<BytesValue, BytesValue> _open = null!;

    [GlobalSetup]
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _server = builder.Build();
        _server.MapGrpcUnary(Unary, (request, _) => Task.FromResult(request));
        _server.MapGrpcServerStream(Stream, async (request, responses, _) =>
        {
            for (var i = 0; i < request.Value; i++)
            {
                await responses.WriteAsync(_message);
            }
        });
        _server.MapGrpcDuplex(Duplex, async (requests, responses, _) =>
        {
            await foreach (var request in requests.ReadAllAsync())
            {
                await responses.WriteAsync(request);
            }
        });
        await _server.StartAsync();
        _channel = new GrpcChannel(new Uri(_server.Urls.Single()), GrpcTransport.CreateHandler(), TimeProvider.System);
        _open = _channel.Open(Duplex);
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        await _open.DisposeAsync();
        _channel.Dispose();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public async Task<BytesValue> UnaryCall() => await _channel.CallAsync(Unary, _message);

    [Benchmark(OperationsPerInvoke = Calls)]
    public async Task UnaryCallsAtOnce() =>
        await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => _channel.CallAsync(Unary, _message)));

    [Benchmark]
    public async Task<BytesValue?> DuplexRoundTrip()
    {
        await _open.WriteAsync(_message);
        return await _open.ReadAsync();
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public async Task<int> ServerStreamMessage()
    {
        await using var call = _channel.Open(Stream);
        await call.WriteAsync(new Int32Value { Value = Messages });
        call.Complete();
        var octets = 0;
        await foreach (var message in call.ReadAllAsync())
        {
            octets += message.Value.Length;
        }

        return octets;
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public async Task<int> DuplexMessage()
    {
        await using var call = _channel.Open(Duplex);
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < Messages; i++)
            {
                await call.WriteAsync(_message);
            }

            call.Complete();
        });
        var octets = 0;
        await foreach (var message in call.ReadAllAsync())
        {
            octets += message.Value.Length;
        }

        await writing;
        return octets;
    }
}
