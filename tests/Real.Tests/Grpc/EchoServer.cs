using System.Net;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>A server of <see cref="EchoService"/> with the settings that a node uses.</summary>
internal sealed class EchoServer : IEchoServer
{
    /// <summary>Octets of a message.</summary>
    public const int MaxMessage = 4 * 1024 * 1024;

    private readonly WebApplication _app;
    private readonly EchoService _service;

    private EchoServer(WebApplication app) => (_app, _service) = (app, app.Services.GetRequiredService<EchoService>());

    public Uri Address => new(_app.Urls.Single());

    /// <inheritdoc cref="EchoService.Streamed"/>
    public int Streamed => _service.Streamed;

    /// <param name="compress">Answers are compressed.</param>
    /// <param name="tls">Null: no TLS.</param>
    /// <param name="ping">The delay and the timeout of pings; null: as in a node.</param>
    public static async Task<EchoServer> StartAsync(bool compress = false, HttpsConnectionAdapterOptions? tls = null, TimeSpan? ping = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton<ExchangeLog>().AddSingleton<EchoService>().AddPeerCalls().LimitMessages<EchoService>(MaxMessage)
            .Configure<GrpcServiceOptions<EchoService>>(options => options.ResponseCompressionAlgorithm = compress ? "gzip" : null);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            PeerTransport.Configure(kestrel.Limits.Http2, ping, ping);
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = tls is null ? HttpProtocols.Http2 : HttpProtocols.Http1AndHttp2;
                if (tls is not null)
                {
                    listen.UseHttps(tls);
                }
            });
        });
        var app = builder.Build();
        app.MapGrpcService<EchoService>();
        await app.StartAsync();
        return new EchoServer(app);
    }

    public async Task<string> NextEventAsync() => await _service.Events.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Patience);

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync(); // does not wait for calls that a failed test left open
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
