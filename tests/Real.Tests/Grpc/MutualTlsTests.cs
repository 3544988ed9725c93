using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.Real.Tests.Grpc;

public sealed class MutualTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_client_of_the_network_is_served()
    {
        await using var server = await StartAsync();
        using var certificate = _authority.Issue("client");
        using var channel = Connect(server, certificate);
        var pong = await new Echo.EchoClient(channel).UnaryAsync(new Ping { Text = "x" }).ResponseAsync.WaitAsync(Patience.Long);
        Assert.Equal("x", pong.Text);
    }

    [Fact]
    public async Task A_client_without_a_certificate_of_the_network_is_not_served()
    {
        await using var server = await StartAsync();
        using var strangers = new TestAuthority();
        using var strange = strangers.Issue("client");
        foreach (var certificate in new[] { null, strange })
        {
            using var channel = Connect(server, certificate);
            await Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(channel).UnaryAsync(new Ping()).ResponseAsync.WaitAsync(Patience.Long));
        }
    }

    [Fact]
    public async Task A_call_over_http_1_is_refused()
    {
        await using var server = await StartAsync();
        using var certificate = _authority.Issue("client");
        using var http = new HttpClient(PeerTransport.CreateHandler(TlsOptions(certificate)));
        using var body = new ByteArrayContent([0, 0, 0, 0, 0]);
        body.Headers.Add("content-type", "application/grpc");
        using var answer = await http.PostAsync(new Uri(server.Address, "/throttlenet.test.v1.Echo/Unary"), body).WaitAsync(Patience.Long);
        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task Their_client_is_served()
    {
        await using var server = await StartAsync();
        using var certificate = _authority.Issue("client");
        using var key = certificate.GetECDsaPrivateKey();
        string[] files =
        [
            await WriteAsync("authority.pem", _authority.Pem),
            await WriteAsync("client.pem", certificate.ExportCertificatePem()),
            await WriteAsync("client.key", key!.ExportPkcs8PrivateKeyPem()),
        ];
        await using var client = new NodeProcess("client.js", [server.Address.Authority, "duplex", "{}", .. files]);
        Assert.Equal(0, (await client.ReadAsync()).GetProperty("code").GetInt32());
    }

    private async Task<string> WriteAsync(string name, string text)
    {
        var path = _folder.File(name);
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    private async Task<EchoServer> StartAsync() => await EchoServer.StartAsync(tls: new HttpsConnectionAdapterOptions
    {
        ServerCertificate = _authority.Issue("server"),
        ClientCertificateMode = ClientCertificateMode.RequireCertificate,
        ClientCertificateValidation = (certificate, _, errors) => _authority.Trusts(certificate, errors),
    });

    private GrpcChannel Connect(EchoServer server, X509Certificate2? certificate) =>
        PeerTransport.CreateChannel(server.Address, PeerTransport.CreateHandler(TlsOptions(certificate)), EchoServer.MaxMessage);

    private SslClientAuthenticationOptions TlsOptions(X509Certificate2? certificate) => new()
    {
        ClientCertificates = certificate is null ? [] : [certificate],
        RemoteCertificateValidationCallback = (_, peer, _, errors) => _authority.Trusts(peer, errors),
    };
}
