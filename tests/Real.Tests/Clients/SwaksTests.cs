using System.Net;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Clients;

/// <summary>swaks, the SMTP user's Swiss army knife, against a node with smtp-sink behind it.</summary>
public sealed class SwaksTests
{
    private const int RecipientsRefused = 24;
    private const int MessageRefused = 26;

    [NeedsTheory("root", "swaks", "smtp-sink")]
    [InlineData("", "with ESMTP id ")]
    [InlineData("--protocol SMTP", "with SMTP id ")]
    [InlineData("--pipeline", "with ESMTP id ")]
    [InlineData("-tls", "with ESMTPS id ")]
    [InlineData("-tls --pipeline", "with ESMTPS id ")]
    public async Task A_message_is_delivered(string options, string protocol)
    {
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"));

        var result = await Swaks.SendAsync(node.Smtp, options);

        result.Expect(0);
        Assert.Equal(options.Contains("-tls", StringComparison.Ordinal), result.Output.Contains("TLS started with cipher TLS", StringComparison.Ordinal));
        var message = Assert.Single(sink.Messages());
        Assert.Contains("X-Mail-Args: <friend@people.test>", message, StringComparison.Ordinal);
        Assert.Contains("X-Rcpt-Args: <someone@sink.test>", message, StringComparison.Ordinal);
        Assert.Contains($"by {NodeProcess.HostName} (ThrottleNet) {protocol}", message, StringComparison.Ordinal);
        Assert.Contains("\n\nThis is a test mailing\n", message, StringComparison.Ordinal);
        await node.StopAsync();
    }

    [NeedsTheory("root", "swaks", "smtp-sink")]
    [InlineData("1", "TCP4", "192.0.2.7", "192.0.2.1", "[192.0.2.7]")]
    [InlineData("1", "TCP6", "2001:db8::7", "2001:db8::1", "[IPv6:2001:db8::7]")]
    [InlineData("2", "AF_INET", "192.0.2.7", "192.0.2.1", "[192.0.2.7]")]
    [InlineData("2", "AF_INET6", "2001:db8::7", "2001:db8::1", "[IPv6:2001:db8::7]")]
    public async Task A_listed_proxy_sets_the_client(string version, string family, string source, string destination, string inReceived)
    {
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Smtp:ProxyFrom:0=127.0.0.1/32");

        var result = await Swaks.SendAsync(node.Smtp, $"--proxy-version {version} --proxy-family {family} --proxy-source {source} --proxy-source-port 4711 --proxy-dest {destination} --proxy-dest-port 25");

        result.Expect(0);
        Assert.Contains(inReceived, Assert.Single(sink.Messages()), StringComparison.Ordinal);
        Assert.True(await node.CountAsync(IPAddress.Parse(source)) > 0);
        Assert.Equal(0, await node.CountAsync(IPAddress.Loopback));
        await node.StopAsync();
    }

    [NeedsFact("root", "swaks", "smtp-sink")]
    public async Task A_PROXY_header_of_an_unlisted_host_is_refused()
    {
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Smtp:ProxyFrom:0=192.0.2.1/32", "Smtp:XClientFrom:0=192.0.2.1/32", "Smtp:GreetDelay=00:00:02");

        var proxy = await Swaks.SendAsync(node.Smtp, "--proxy-version 1 --proxy-family TCP4 --proxy-source 192.0.2.7 --proxy-source-port 4711 --proxy-dest 192.0.2.1 --proxy-dest-port 25");
        var offered = await Swaks.SendAsync(node.Smtp, "--xclient-addr 192.0.2.7");
        await using var forced = await RawClient.ConnectAsync(node.Smtp);
        await forced.AnswerAsync();
        await forced.AskAsync("EHLO pc.people.test");

        Assert.NotEqual(0, proxy.ExitCode);
        Assert.Contains("554 5.5.1", proxy.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, offered.ExitCode);
        Assert.DoesNotContain("250-XCLIENT", offered.Output, StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.0", await forced.AskAsync("XCLIENT ADDR=192.0.2.7"), StringComparison.Ordinal);
        Assert.Equal(0, await node.CountAsync(IPAddress.Parse("192.0.2.7")));
        Assert.Empty(sink.Messages());
        await node.StopAsync();
    }

    [NeedsFact("root", "swaks")]
    public async Task A_listed_proxy_without_a_header_is_disconnected()
    {
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, "Smtp:ProxyFrom:0=127.0.0.1/32");

        var result = await Swaks.SendAsync(node.Smtp, "");

        Assert.NotEqual(0, result.ExitCode);
        Assert.DoesNotContain("220 ", result.Output, StringComparison.Ordinal);
        Assert.Contains("Smtp:ProxyFrom", (await node.LogLineAsync("a warning", l => l.EventId == 1004)).Message, StringComparison.Ordinal);
        await node.StopAsync();
    }

    [NeedsTheory("root", "swaks", "smtp-sink")]
    [InlineData("")]
    [InlineData("-tls")]
    public async Task XCLIENT_of_an_authorised_host_sets_the_client(string options)
    {
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Smtp:XClientFrom:0=127.0.0.1/32");

        var result = await Swaks.SendAsync(node.Smtp, options + " --xclient-addr 192.0.2.8 --xclient-name client.example");

        result.Expect(0);
        Assert.Contains("(client.example [192.0.2.8])", Assert.Single(sink.Messages()), StringComparison.Ordinal);
        Assert.True(await node.CountAsync(IPAddress.Parse("192.0.2.8")) > 0);
        await node.StopAsync();
    }

    [NeedsFact("root", "swaks", "smtp-sink")]
    public async Task A_message_over_the_size_limit_is_refused_and_the_next_one_is_delivered()
    {
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Smtp:MaxMessageSize=65536");

        var big = await Swaks.SendAsync(node.Smtp, "--body " + folder.Write("big", string.Concat(Enumerable.Repeat("0123456789\n", 10_000))));
        var small = await Swaks.SendAsync(node.Smtp, "");

        big.Expect(MessageRefused);
        Assert.Contains("250-SIZE 65536", big.Output, StringComparison.Ordinal);
        Assert.Contains("552 5.3.4", big.Output, StringComparison.Ordinal);
        small.Expect(0);
        Assert.Single(sink.Messages());
        await node.StopAsync();
    }

    [NeedsFact("root", "swaks", "dnsmasq")]
    public async Task Only_domains_whose_MX_records_name_this_network_are_served()
    {
        var address = Loopback.Next();
        await using var dns = Tool.Start("dnsmasq",
        [
            "--keep-in-foreground", "--log-facility=-", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=root", "--pid-file=",
            $"--listen-address={address}", "--bind-interfaces", "--port=5353", "--local=/test/",
            "--mx-host=other.test,mail.other.test,10", "--mx-host=magic.test,throttle-mx.relays.test,0", "--dns-rr=null.test,15,000000",
        ]);
        await dns.LineAsync("its start", l => l.Contains("started, version", StringComparison.Ordinal));
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, $"Dns:Servers:0={address}:5353");

        await RefusedAsync("someone@other.test", "550 5.7.1");
        await RefusedAsync("someone@nowhere.test", "550 5.7.1");
        await RefusedAsync("someone@magic.test", "550 5.7.1");
        await RefusedAsync("someone@null.test", "556 5.1.10");
        await dns.KillAsync();
        await RefusedAsync("someone@later.test", "451 4.4.3");
        await node.StopAsync();

        async Task RefusedAsync(string recipient, string reply)
        {
            var result = await Swaks.SendAsync(node.Smtp, "--to " + recipient);
            result.Expect(RecipientsRefused);
            Assert.Contains(reply, result.Output, StringComparison.Ordinal);
        }
    }
}
