using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Clients;

public sealed class HaproxyTests
{
    private const int Port = 2525;

    [NeedsTheory("root", "haproxy", "swaks", "smtp-sink")]
    [InlineData("send-proxy")]
    [InlineData("send-proxy-v2")]
    [InlineData("send-proxy-v2 check inter 100ms")] // its checks come as LOCAL connections, from nobody
    public async Task Behind_a_load_balancer_the_client_is_still_known(string how)
    {
        var client = Loopback.Next();
        var balancer = new IPEndPoint(Loopback.Next(), Port);
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Smtp:ProxyFrom:0=127.0.0.1/32");
        await using var haproxy = RunningProcess.Start("haproxy", ["-db", "-f", folder.Write("haproxy.cfg", $"""
            defaults
              mode tcp
              timeout connect 10s
              timeout client 60s
              timeout server 60s
            listen smtp
              bind {balancer}
              server node {node.Smtp} source 127.0.0.1 {how}

            """)]);
        await haproxy.OpenAsync(balancer);

        var result = await Swaks.SendAsync(balancer, $"-tls --local-interface {client}");

        result.Expect(0);
        Assert.Contains($" [{client}])", Assert.Single(sink.Messages()), StringComparison.Ordinal);
        Assert.True(await node.CountAsync(client) > 0);
        await node.StopAsync();
    }
}
