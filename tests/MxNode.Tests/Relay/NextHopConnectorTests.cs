using System.Net;
using System.Net.Sockets;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class NextHopConnectorTests
{
    private static readonly Dictionary<string, HopAction> Greetings = new()
    {
        ["defers"] = HopAction.Say("450 4.3.2 not now"),
        ["closes"] = HopAction.SayAndHangUp("421 4.3.2 too busy"),
        ["refuses"] = HopAction.Say("554 5.3.2 no mail here"),
        ["hangs up"] = HopAction.HangUp,
        ["vanishes"] = HopAction.Vanish,
        ["stalls"] = HopAction.Stall,
        ["babbles"] = HopAction.Raw("SSH-2.0-OpenSSH_9.9\r\n"),
    };

    private const string V4 = "127.0.0.1", V6 = "::1";

    private static ScriptedHop Greeting(string what, string address = V4) =>
        new(new IPEndPoint(IPAddress.Parse(address), 0)) { Script = (step, _) => step == "greeting" ? Greetings[what] : null };

    private static Destination Hosts(params MxHost[] hosts) => new("test", [.. hosts]);

    [Theory]
    [InlineData("defers")]
    [InlineData("closes")]
    [InlineData("refuses")]
    [InlineData("hangs up")]
    [InlineData("vanishes")]
    [InlineData("stalls")]
    [InlineData("babbles")]
    public async Task After_an_MX_that_refuses_the_session_the_next_MX_is_tried(string what)
    {
        await using var rig = new RelayRig(RelayRig.OnlyHelloTimesOut);
        await using var first = Greeting(what);
        await using var second = new ScriptedHop();

        var (_, result) = await rig.RunOutOfTimeAsync(rig.SendAsync(RelayRig.To(first, second)), first.Stalled, untilLogged: 3006);

        Assert.Equal(250, result!.Reply.Code);
        Assert.Empty(first.Messages);
        Assert.Single(second.Messages);
    }

    [Fact]
    public async Task After_an_unreachable_MX_the_next_MX_is_tried()
    {
        await using var rig = new RelayRig();
        await using var second = new ScriptedHop();
        var closed = new MxHost("127.0.0.1", Ports.Free(), IsRoute: true);

        var (_, result) = await rig.SendAsync(Hosts([closed, .. RelayRig.To(second).Hosts]));

        Assert.Equal(250, result!.Reply.Code);
        Assert.Equal(451, (await rig.SendAsync(Hosts(closed))).Rcpt.Code);
    }

    [Fact]
    public async Task A_5xx_before_MAIL_is_about_the_relay_and_only_defers()
    {
        await using var rig = new RelayRig();
        await using var refuses = Greeting("refuses");
        await using var refusesToo = Greeting("refuses");
        await using var defers = Greeting("defers");

        Assert.Matches(@"^451 4\.4\.1 127\.0\.0\.1\[127\.0\.0\.1\]:\d+ does not accept this relay now.*554 no mail here$", (await rig.SendAsync(RelayRig.To(refuses, refusesToo))).Rcpt.ToString());
        Assert.Equal(451, (await rig.SendAsync(RelayRig.To(defers, refuses))).Rcpt.Code);
        Assert.Equal(450, (await rig.SendAsync(RelayRig.To(refuses, defers))).Rcpt.Code);
        Assert.Single(rig.Log.Lines, entry => entry.Event == 3012);
    }

    [Fact]
    public async Task The_number_of_addresses_tried_is_bounded()
    {
        await using var rig = new RelayRig(new RelayOptions { MaxAddresses = 3 });
        await using var hop = Greeting("defers");

        await rig.SendAsync(Hosts([.. Enumerable.Repeat(RelayRig.To(hop).Hosts[0], 10)]));

        Assert.Equal(3, hop.Connections);
    }

    [Fact]
    public async Task All_attempts_together_have_a_time_limit()
    {
        await using var rig = new RelayRig(new RelayOptions { SessionTimeout = TimeSpan.FromSeconds(45) });
        await using var hop = Greeting("stalls");

        var (rcpt, _) = await rig.RunOutOfTimeAsync(rig.SendAsync(Hosts([.. Enumerable.Repeat(RelayRig.To(hop).Hosts[0], 6)])), hop.Stalled);

        Assert.Equal("451 4.4.1", rcpt.ToString()[..9]);
        Assert.InRange(hop.Connections, 1, 2);
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task An_MX_that_timed_out_is_tried_last_for_some_minutes(string address)
    {
        await using var rig = new RelayRig(RelayRig.OnlyHelloTimesOut);
        await using var hangs = Greeting("stalls", address);
        await using var second = new ScriptedHop(new IPEndPoint(IPAddress.Parse(address), 0));
        Assert.Equal(250, (await rig.RunOutOfTimeAsync(rig.SendAsync(RelayRig.To(hangs, second)), hangs.Stalled, untilLogged: 3006)).Result!.Reply.Code);

        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(250, (await rig.SendAsync(RelayRig.To(hangs, second)).WaitAsync(TimeSpan.FromSeconds(60))).Result!.Reply.Code);
        Assert.Equal(1, hangs.Connections);

        hangs.Script = (_, _) => null;
        rig.Clock.Advance(HopMemory.Life);
        Assert.Equal(250, (await rig.SendAsync(RelayRig.To(hangs, second))).Result!.Reply.Code);
        Assert.Single(hangs.Messages);
    }

    [Theory]
    [InlineData(V4, V6)]
    [InlineData(V6, V4)]
    public async Task Of_three_MX_those_that_timed_out_are_tried_last_whatever_their_family(string first, string second)
    {
        await using var rig = new RelayRig(RelayRig.OnlyHelloTimesOut);
        await using var one = Greeting("stalls", first);
        await using var two = Greeting("stalls", second);
        await using var three = new ScriptedHop();
        await rig.RunOutOfTimeAsync(rig.SendAsync(RelayRig.To(one, three)), one.Stalled, untilLogged: 3006);
        await rig.RunOutOfTimeAsync(rig.SendAsync(RelayRig.To(two, three)), two.Stalled, untilLogged: 3006, times: 2);

        Assert.Equal(250, (await rig.SendAsync(RelayRig.To(one, two, three)).WaitAsync(TimeSpan.FromSeconds(60))).Result!.Reply.Code);
        Assert.Equal((1, 1, 3), (one.Connections, two.Connections, three.Messages.Count));
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task The_only_MX_has_as_long_as_the_client_waits(string address)
    {
        await using var rig = new RelayRig(new RelayOptions { ConnectTimeout = TimeSpan.FromDays(1) });
        await using var slow = new ScriptedHop(new IPEndPoint(IPAddress.Parse(address), 0));
        slow.Script = (step, _) => step != "greeting" ? null : new HopAction(
            "greets after 90 s",
            async link =>
            {
                rig.Clock.Advance(TimeSpan.FromSeconds(90));
                await link.SayAsync("220 hop.test ESMTP\r\n");
            },
            true);

        Assert.Equal(250, (await rig.SendAsync(slow).WaitAsync(TimeSpan.FromSeconds(60))).Result!.Reply.Code);
    }

    [Fact]
    public async Task Addresses_are_looked_up_and_each_is_tried()
    {
        await using var rig = new RelayRig(new RelayOptions { AllowPrivateDestinations = true });
        await using var hop = new ScriptedHop();
        rig.Dns.Host("mail.example.com", "127.0.0.9", "127.0.0.8", "127.0.0.1");

        var (_, result) = await rig.SendAsync(Hosts(new MxHost("mail.example.com", hop.EndPoint.Port)));

        Assert.Equal(250, result!.Reply.Code);
        Assert.Equal($"mail.example.com[127.0.0.1]:{hop.EndPoint.Port}", result.NextHop);
    }

    [Fact]
    public async Task A_server_without_EHLO_is_used_with_HELO()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, _) => step.StartsWith("EHLO", StringComparison.Ordinal) ? HopAction.Say("502 what?") : null;

        Assert.Equal(250, (await rig.SendAsync(hop)).Result!.Reply.Code);
        Assert.Equal(["greeting", "EHLO a.node.test", "HELO a.node.test"], hop.Commands(0).Take(3));
    }

    [Fact]
    public async Task A_host_with_private_addresses_only_is_a_permanent_refusal()
    {
        await using var rig = new RelayRig(new RelayOptions());
        await using var hop = new ScriptedHop();
        rig.Dns.Host("mail.example.com", "127.0.0.1", "10.0.0.1", "::1").Host("backup.example.com", "169.254.169.254");

        var port = hop.EndPoint.Port;
        var (rcpt, _) = await rig.SendAsync(Hosts(new MxHost("mail.example.com", port), new MxHost("backup.example.com", port)));

        Assert.Equal("550 5.7.1 relaying denied: backup.example.com leads to no public address", rcpt.ToString());
        Assert.Equal(0, hop.Connections);
    }

    [Fact]
    public async Task A_host_whose_address_lookup_fails_is_deferred()
    {
        await using var rig = new RelayRig(new RelayOptions());
        rig.Dns.Fails("mail.example.com", DnsType.A).Host("private.example.com", "10.0.0.1");

        Assert.StartsWith("451 4.4.3", (await rig.SendAsync(Hosts(new MxHost("mail.example.com", 25)))).Rcpt.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("451 4.4.4", (await rig.SendAsync(Hosts(new MxHost("none.example.com", 25)))).Rcpt.ToString(), StringComparison.Ordinal);
        var both = Hosts(new MxHost("private.example.com", 25), new MxHost("mail.example.com", 25));
        Assert.StartsWith("451 4.4.3", (await rig.SendAsync(both)).Rcpt.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_node_never_connects_to_itself()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        rig.Self.ListensOn([hop.EndPoint]);

        Assert.Equal(550, (await rig.SendAsync(hop)).Rcpt.Code);
        Assert.Equal(0, hop.Connections);
    }
}
