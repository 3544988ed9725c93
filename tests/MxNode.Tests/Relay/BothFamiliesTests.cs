using System.Net;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>What next hops do by IPv4 and by IPv6, with other codes, at other phases, and with one MX or several.</summary>
public sealed class BothFamiliesTests
{
    private const string V4 = "127.0.0.1", V6 = "::1";

    public static TheoryData<string, string, string> RefusalsBeforeMail
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var address in new[] { V4, V6 })
            {
                foreach (var said in new[] { "554 blocked, see http://bl.test", "521 5.3.2 no mail here", "550 5.7.1 client refused", "500 what", "571 5.7.1 no" })
                {
                    data.Add(address, "greeting", said);
                    data.Add(address, "hello", said);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(RefusalsBeforeMail))]
    public async Task Before_MAIL_no_code_of_no_number_of_MX_loses_mail(string address, string stage, string said)
    {
        await using var rig = new RelayRig();
        await using var first = Hop(address, stage, said);
        await using var second = Hop(address, stage, said);
        await using var third = new ScriptedHop(new IPEndPoint(IPAddress.Parse(address), 0));

        foreach (var all in new[] { new[] { first }, [first, second] })
        {
            var deferred = (await rig.SendAsync(RelayRig.To(all))).Rcpt.ToString();
            Assert.StartsWith($"451 4.4.1 {address}[{address}]:", deferred, StringComparison.Ordinal);
        }

        Assert.Equal(250, (await rig.SendAsync(RelayRig.To(first, second, third))).Result!.Reply.Code);
        Assert.Equal(address, Assert.Single(rig.Names.Report()).Host);
    }

    [Theory]
    [InlineData(V4, "MAIL", "550 5.7.1 {0} is listed by bl.test")]
    [InlineData(V6, "MAIL", "550 5.7.1 {0} is listed by bl.test")]
    [InlineData(V4, "RCPT", "553 5.7.1 client [{0}] blocked using zen.test")]
    [InlineData(V6, "RCPT", "553 5.7.1 client [{0}] blocked using zen.test")]
    [InlineData(V6, "RCPT", "554 5.7.1 [IPv6:{0}] refused")]
    [InlineData(V6, "RCPT", "550 5.7.1 0:0:0:0:0:0:0:1 refused")]
    [InlineData(V6, "RCPT", "521 {0}: go away")]
    [InlineData(V4, "DATA", "554 5.7.0 [{0}] is on our list")]
    [InlineData(V6, "DATA", "554 5.7.0 [{0}] is on our list")]
    [InlineData(V4, "dot", "571 5.7.1 message from {0} refused")]
    [InlineData(V6, "dot", "571 5.7.1 message from {0} refused")]
    public async Task A_5xx_at_any_phase_that_names_the_relays_address_only_defers(string address, string stage, string said)
    {
        await using var rig = new RelayRig();
        await using var hop = Hop(address, stage, string.Format(System.Globalization.CultureInfo.InvariantCulture, said, address));
        var (rcpt, result) = await rig.SendAsync(hop);
        Assert.StartsWith("451 4.4.1", (result?.Reply ?? rcpt).ToString(), StringComparison.Ordinal);
        Assert.Single(rig.Names.Report());
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task A_5xx_about_the_mail_is_passed_on_with_the_name_of_the_hop(string address)
    {
        await using var rig = new RelayRig();
        foreach (var (stage, said) in new[] { ("MAIL", "550 5.1.8 no such domain"), ("RCPT", "550 5.1.1 no such user"), ("DATA", "554 5.6.0 no"), ("dot", "554 5.7.1 spam") })
        {
            await using var hop = Hop(address, stage, said);
            var (rcpt, result) = await rig.SendAsync(hop);
            var answer = (result?.Reply ?? rcpt).ToString();
            Assert.StartsWith(said[..3], answer, StringComparison.Ordinal);
            Assert.Contains($"{address}[{address}]:{hop.EndPoint.Port}", answer, StringComparison.Ordinal);
        }

        Assert.Empty(rig.Names.Report());
    }

    [Theory]
    [InlineData(V4, "MAIL", "450 4.2.1 later")]
    [InlineData(V6, "MAIL", "452 4.3.1 full")]
    [InlineData(V4, "RCPT", "450 4.2.0 greylisted")]
    [InlineData(V6, "RCPT", "450 4.2.0 greylisted")]
    [InlineData(V4, "RCPT", "452 4.2.2 over quota")]
    [InlineData(V6, "RCPT", "455 4.5.4 not now")]
    [InlineData(V4, "DATA", "452 4.3.1 full")]
    [InlineData(V6, "dot", "452 4.3.1 full")]
    public async Task A_4xx_keeps_its_code_and_its_enhanced_code(string address, string stage, string said)
    {
        await using var rig = new RelayRig();
        await using var hop = Hop(address, stage, said);
        var (rcpt, result) = await rig.SendAsync(hop);
        Assert.StartsWith(said[..9], (result?.Reply ?? rcpt).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task A_reply_with_a_line_of_3000_octets_or_mixed_codes_is_read(string address)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop(new IPEndPoint(IPAddress.Parse(address), 0))
        {
            Script = (step, _) => step == "greeting" ? HopAction.Raw($"250-{new string('x', 3000)}\r\n220 ready\r\n", isPositive: true) : null,
        };
        Assert.Equal(250, (await rig.SendAsync(hop)).Result!.Reply.Code);
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task A_host_that_refuses_by_one_family_is_called_by_the_other(string refusing)
    {
        await using var v4 = refusing == V4 ? Hop(V4, "greeting", "554 no") : new ScriptedHop();
        await using var v6 = new ScriptedHop(new IPEndPoint(IPAddress.IPv6Loopback, v4.EndPoint.Port)) { Script = (step, _) => step == "greeting" && refusing == V6 ? HopAction.Say("554 no") : null };
        await using var rig = new RelayRig(new RelayOptions { AllowPrivateDestinations = true, Port = v4.EndPoint.Port });
        rig.Dns.Host("mail.test", V4, V6);
        var destination = new Destination("test", [new MxHost("mail.test", v4.EndPoint.Port)]);
        Assert.Equal(250, (await rig.SendAsync(destination)).Result!.Reply.Code);
        Assert.Single((refusing == V4 ? v6 : v4).Messages);
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task A_hop_without_8BITMIME_SMTPUTF8_and_EHLO_gets_the_text(string address)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop(new IPEndPoint(IPAddress.Parse(address), 0)) { Script = (step, _) => step.StartsWith("EHLO", StringComparison.Ordinal) ? HopAction.Say("502 5.5.1 what") : null };
        foreach (var text in new[] { "Subject: hi\r\n\r\nascii\r\n", "Subject: hi\r\n\r\nmäil\r\n" })
        {
            Assert.Equal(250, (await rig.SendAsync(RelayRig.To(hop), text)).Result!.Reply.Code);
        }

        Assert.Equal(2, hop.Messages.Count);
    }

    private static ScriptedHop Hop(string address, string stage, string said) => new(new IPEndPoint(IPAddress.Parse(address), 0))
    {
        Script = (step, _) => (stage == "hello" ? step.StartsWith("EHLO", StringComparison.Ordinal) || step.StartsWith("HELO", StringComparison.Ordinal) : step.StartsWith(stage, StringComparison.Ordinal))
            ? HopAction.Say(said) : null,
    };
}
