using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Clients;

public sealed class HaproxyTests
{
    private const int Port = 2525;

    [NeedsTheory("root", "haproxy", "swaks", "smtp-sink")]
    [InlineData("send-proxy")]
    [InlineData("send-proxy-v2")]
    [InlineData("send-proxy-v2 check inter 100ms")] // its health checks are LOCAL connections, without a client
    [InlineData("send-proxy-v2 check inter 500ms", "option smtpchk EHLO haproxy.test")] // they read the greeting, which must not be delayed
    public async Task Behind_a_load_balancer_the_clients_address_is_known(string how, string option = "option tcp-check")
    {
        var client = Loopback.Next();
        var balancer = new IPEndPoint(Loopback.Next(), Port);
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Smtp:ProxyFrom:0=127.0.0.1/32", "Smtp:GreetDelay=00:00:03");
        await using var haproxy = Tool.Start("haproxy", ["-db", "-f", folder.Write("haproxy.cfg", $"""
            defaults
              mode tcp
              timeout connect 10s
              timeout client 60s
              timeout server 60s
              {(how.Contains("check", StringComparison.Ordinal) ? option : "")}
            listen smtp
              bind {balancer}
              server node {node.Smtp} source 127.0.0.1 {how}

            """)]);
        await haproxy.OpenAsync(balancer);

        // Several health checks happen during the greet delay of the first message. A node that failed them would then get no connections.
        for (var message = 0; message < 2; message++)
        {
            (await Swaks.SendAsync(balancer, $"-tls --local-interface {client}")).Expect(0);
        }

        Assert.Equal(2, sink.Messages().Count);
        Assert.All(sink.Messages(), text => Assert.Contains($" [{client}])", text, StringComparison.Ordinal));
        Assert.True(await node.CountAsync(client) > 0);
        await node.StopAsync();
    }
}
