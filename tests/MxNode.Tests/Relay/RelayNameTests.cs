using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>Next hops that refuse the relay because of its name: no mail is lost for that.</summary>
public sealed class RelayNameTests
{
    [Theory]
    [InlineData("greeting", "554 blocked, see http://bl.test")]
    [InlineData("greeting", "521 5.3.2 go away")]
    [InlineData("EHLO", "550 5.7.1 blocked using bl.test")]
    public async Task Before_MAIL_a_5xx_sends_the_mail_to_the_next_MX_and_without_one_it_is_deferred(string stage, string said)
    {
        await using var rig = new RelayRig();
        await using var first = Refusing(stage, said);
        await using var second = new ScriptedHop();

        Assert.Equal(250, (await rig.SendAsync(RelayRig.To(first, second))).Result!.Reply.Code);
        var alone = (await rig.SendAsync(first)).Rcpt.ToString();

        Assert.StartsWith($"451 4.4.1 127.0.0.1[127.0.0.1]:{first.EndPoint.Port} does not accept this relay now", alone, StringComparison.Ordinal);
        var warning = Assert.Single(rig.Log.Lines, entry => entry.Event == 3012);
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains(said.Contains("bl.test", StringComparison.Ordinal) ? "naming bl.test" : "naming no list", warning.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RCPT", "550 5.7.1 Service unavailable; client [127.0.0.1] blocked using zen.test", true)]
    [InlineData("RCPT", "550 5.7.23 SPF fail: a.node.test may not send for alice.test", true)]
    [InlineData("RCPT", "554 blocked: 127.0.0.1", true)]
    [InlineData("MAIL", "550 5.7.1 127.0.0.1: go to http://list.test/?ip=127.0.0.1", true)]
    [InlineData("DATA", "554 5.7.1 [127.0.0.1] is on our list", true)]
    [InlineData("dot", "550 5.7.1 message from 127.0.0.1. refused", true)]
    [InlineData("RCPT", "550 5.1.1 no such user at a.node.test [127.0.0.1]", false)]
    [InlineData("RCPT", "550 5.7.1 client [127.0.0.10] blocked", false)]
    [InlineData("RCPT", "550 5.7.1 not for xa.node.test", false)]
    [InlineData("RCPT", "554 a.node.test says no", false)]
    [InlineData("dot", "554 5.7.1 spam", false)]
    public async Task A_5xx_that_names_the_relay_is_about_the_relay(string stage, string said, bool aboutRelay)
    {
        await using var rig = new RelayRig();
        await using var hop = Refusing(stage, said);

        var (rcpt, result) = await rig.SendAsync(hop);
        var answer = (result?.Reply ?? rcpt).ToString();

        Assert.StartsWith(aboutRelay ? "451 4.4.1" : said[..3], answer, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1[127.0.0.1]:{hop.EndPoint.Port}", answer, StringComparison.Ordinal);
        Assert.Equal(aboutRelay, rig.Log.Lines.Any(entry => entry.Event == 3012));
    }

    [Fact]
    public async Task Refusals_of_the_relay_are_counted_by_destination_and_logged_once_an_hour()
    {
        await using var rig = new RelayRig();
        await using var hop = Refusing("greeting", "554 blocked, see http://bl.test");
        for (var i = 0; i < 7; i++)
        {
            await rig.SendAsync(hop);
            rig.Clock.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(2, rig.Log.Lines.Count(entry => entry.Event == 3012));
        var refusal = Assert.Single(rig.Names.Report());
        Assert.Equal(("127.0.0.1", "bl.test", 7), (refusal.Host, refusal.List, refusal.Count));
    }

    [Theory]
    [InlineData("a.")]
    [InlineData("a-")]
    [InlineData("a.a_")]
    [InlineData("@a.")]
    [InlineData("é.a")]
    public async Task A_refusal_of_any_length_and_shape_is_read_for_the_list_that_it_names(string pattern)
    {
        await using var rig = new RelayRig();
        var line = string.Concat(Enumerable.Repeat(pattern, 400 / pattern.Length));
        await using var hop = Refusing("greeting", string.Concat(Enumerable.Repeat($"554-{line}\r\n", 10)) + "554 see http://bl.test/why");

        Assert.Equal(451, (await rig.SendAsync(hop)).Rcpt.Code);
        Assert.Equal("bl.test", Assert.Single(rig.Names.Report()).List);
    }

    [Fact]
    public void A_5xx_that_ended_a_session_is_never_the_answer_to_a_mail()
    {
        // HungUp is the fault where RSET was refused.
        foreach (var fault in Enum.GetValues<NextHopFault>().Where(f => f != NextHopFault.ClientRefused))
        {
            var answer = RelayReplies.From("mx.test", new NextHopException(fault, new SmtpReply(554, "5.5.1", "no RSET here")));
            Assert.Equal((451, 4), (answer.Code, answer.Status!.Value.Class));
        }
    }

    private static ScriptedHop Refusing(string stage, string said) => new()
    {
        Script = (step, _) => step.StartsWith(stage, StringComparison.Ordinal) || (stage == "EHLO" && step.StartsWith("HELO", StringComparison.Ordinal)) ? HopAction.Say(said) : null,
    };
}
