using System.Net;
using System.Threading.Channels;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Grpc;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>The service of echo.proto on our own server. What becomes of its calls can be read from <see cref="Events"/>.</summary>
internal sealed class EchoServer : IEchoServer
{
    /// <summary>A ping's status that makes the handler throw something that says no status.</summary>
    public const int NoStatus = 99;

    private readonly WebApplication _app;
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();
    private int _streamed;

    private EchoServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Answers of server streams that the transport has taken.</summary>
    public int Streamed => Volatile.Read(ref _streamed);

    public static async Task<EchoServer> StartAsync(
        GrpcOptions? options = null, TimeProvider? time = null, HttpsConnectionAdapterOptions? tls = null, TimeSpan? ping = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            GrpcTransport.Configure(kestrel.Limits.Http2, ping, ping);
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = tls is null ? HttpProtocols.Http2 : HttpProtocols.Http1AndHttp2;
                if (tls is not null)
                {
                    listen.UseHttps(tls);
                }
            });
        });
        var server = new EchoServer(builder.Build());
        server.Map(options);
        await server._app.StartAsync();
        return server;
    }

    public async Task<string> NextEventAsync() => await _events.Reader.ReadAsync().AsTask().WaitAsync(Patience.Long);

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync(); // calls that a failed test left open are not waited for
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static Pong Answer(Ping ping, int count) => ping.Status switch
    {
        0 => new Pong { Text = ping.Text, Count = count, Data = ping.Size > 0 ? ByteString.CopyFrom(new byte[ping.Size]) : ping.Data },
        NoStatus => throw new InvalidOperationException("a secret"),
        _ => throw new GrpcException((GrpcStatusCode)ping.Status, ping.Text),
    };

    private static void EchoMetadata(HttpContext http)
    {
        foreach (var name in new[] { "x-echo", "x-echo-bin" })
        {
            if (http.Request.Headers.TryGetValue(name, out var value))
            {
                http.Response.Headers[name] = value;
                http.Response.AppendTrailer("x-trailer" + name[6..], value);
            }
        }
    }

    private void Map(GrpcOptions? options)
    {
        _app.MapGrpcUnary(EchoMethods.Unary, UnaryAsync, options);
        _app.MapGrpcServerStream(EchoMethods.ServerStream, ServerStreamAsync, options);
        _app.MapGrpcClientStream(EchoMethods.ClientStream, ClientStreamAsync, options);
        _app.MapGrpcDuplex(EchoMethods.Duplex, DuplexAsync, options);
        _app.MapGrpcUnimplemented();
    }

    private async Task<Pong> UnaryAsync(Ping ping, GrpcServerContext context)
    {
        EchoMetadata(context.Http);
        await _events.Writer.WriteAsync($"unary {context.Http.Request.Headers["grpc-encoding"]}".Trim());
        await WaitAsync(ping, context);
        return Answer(ping, ping.Count);
    }

    private async Task ServerStreamAsync(Ping ping, GrpcWriter<Pong> responses, GrpcServerContext context)
    {
        var pong = new Ping(ping) { Status = 0 };
        for (var i = 0; i < ping.Count; i++)
        {
            await responses.WriteAsync(Answer(pong, i));
            Interlocked.Increment(ref _streamed);
        }

        await WaitAsync(ping, context);
        Answer(ping, 0);
    }

    private async Task<Pong> ClientStreamAsync(GrpcReader<Ping> requests, GrpcServerContext context)
    {
        var (text, count) = ("", 0);
        await foreach (var ping in requests.ReadAllAsync())
        {
            Answer(ping, 0);
            text += ping.Text;
            count++;
        }

        return new Pong { Text = text, Count = count };
    }

    private async Task DuplexAsync(GrpcReader<Ping> requests, GrpcWriter<Pong> responses, GrpcServerContext context)
    {
        try
        {
            var count = 0;
            while (await requests.ReadAsync() is { } ping)
            {
                await WaitAsync(ping, context);
                await responses.WriteAsync(Answer(ping, ++count));
            }
        }
        catch (Exception e) when (e is not GrpcException)
        {
            await _events.Writer.WriteAsync("cancelled");
            throw;
        }
    }

    private async Task WaitAsync(Ping ping, GrpcServerContext context)
    {
        if (!ping.Wait)
        {
            return;
        }

        try
        {
            await _events.Writer.WriteAsync("waiting");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.Cancel);
        }
        catch (OperationCanceledException)
        {
            await _events.Writer.WriteAsync("cancelled");
            throw;
        }
    }
}
