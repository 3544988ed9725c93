using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.Real.Tests.Grpc;

public sealed class MutualTlsTests : IDisposable
{
    private readonly TestPki _pki = new();
    private readonly NetworkAuthority _authority;

    public MutualTlsTests() => _authority = NetworkAuthority.Read(_pki.Authority);

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task A_client_of_the_network_is_served()
    {
        await using var server = await StartAsync();
        using var certificate = Issue(_pki, "client");
        using var channel = Connect(server, certificate);
        var pong = await new Echo.EchoClient(channel).UnaryAsync(new Ping { Text = "x" }).ResponseAsync.WaitAsync(Eventually.Patience);
        Assert.Equal("x", pong.Text);
    }

    [Fact]
    public async Task A_client_without_a_certificate_of_the_network_is_not_served()
    {
        await using var server = await StartAsync();
        using var strangers = new TestPki();
        using var strange = Issue(strangers, "client");
        foreach (var certificate in new[] { null, strange })
        {
            using var channel = Connect(server, certificate);
            await Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(channel).UnaryAsync(new Ping()).ResponseAsync.WaitAsync(Eventually.Patience));
        }
    }

    [Fact]
    public async Task A_call_over_http_1_is_refused()
    {
        await using var server = await StartAsync();
        using var certificate = Issue(_pki, "client");
        using var http = new HttpClient(PeerTransport.CreateHandler(TlsOptions(certificate)));
        using var body = new ByteArrayContent([0, 0, 0, 0, 0]);
        body.Headers.Add("content-type", "application/grpc");
        using var answer = await http.PostAsync(new Uri(server.Address, "/throttlenet.test.v1.Echo/Unary"), body).WaitAsync(Eventually.Patience);
        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task Their_client_is_served()
    {
        await using var server = await StartAsync();
        var (certificate, key) = _pki.Issue("client", "operator");
        await using var client = new ScriptProcess("client.js", server.Address.Authority, "duplex", "{}", _pki.Authority, certificate, key);
        Assert.Equal(0, (await client.ReadAsync()).GetProperty("code").GetInt32());
    }

    private static X509Certificate2 Issue(TestPki pki, string name)
    {
        var (certificate, key) = pki.Issue(name, "operator");
        return X509Certificate2.CreateFromPemFile(certificate, key);
    }

    private bool Trusts(X509Certificate? certificate, SslPolicyErrors errors, string use) =>
        certificate is X509Certificate2 peer
        && (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0
        && _authority.Reject(peer, TimeProvider.System.GetUtcNow(), use) is null;

    private async Task<EchoServer> StartAsync() => await EchoServer.StartAsync(tls: new HttpsConnectionAdapterOptions
    {
        ServerCertificate = Issue(_pki, "server"),
        ClientCertificateMode = ClientCertificateMode.RequireCertificate,
        ClientCertificateValidation = (certificate, _, errors) => Trusts(certificate, errors, NetworkAuthority.ClientUse),
    });

    private GrpcChannel Connect(EchoServer server, X509Certificate2? certificate) =>
        PeerTransport.CreateChannel(server.Address, PeerTransport.CreateHandler(TlsOptions(certificate)), EchoServer.MaxMessage);

    private SslClientAuthenticationOptions TlsOptions(X509Certificate2? certificate) => new()
    {
        ClientCertificates = certificate is null ? [] : [certificate],
        RemoteCertificateValidationCallback = (_, peer, _, errors) => Trusts(peer, errors, NetworkAuthority.ServerUse),
    };
}
