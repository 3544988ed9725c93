using System.Net;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class NextHopXclientTests
{
    private static readonly ClientFacts Bob = new(IPAddress.Parse("2001:db8::7"), 4242, null, "[IPv6:2001:db8::7]", "SMTP");

    private static ScriptedHop XclientHop() => new() { Offers = ["PIPELINING", "XCLIENT NAME ADDR PORT PROTO HELO"] };

    private static bool Is(string step, string verb) => step.StartsWith(verb, StringComparison.Ordinal);

    private static async Task SendAsync(RelayRig rig, ScriptedHop hop, ClientFacts client) =>
        Assert.Equal(250, (await rig.SendAsync(RelayRig.To(hop), client: client)).Result!.Reply.Code);

    [Fact]
    public async Task XCLIENT_gives_the_client_to_the_next_hop_and_EHLO_repeats_its_name()
    {
        await using var rig = new RelayRig();
        await using var hop = XclientHop();

        await SendAsync(rig, hop, RelayRig.Alice);

        Assert.Equal(
            ["greeting", "EHLO a.node.test", "XCLIENT NAME=mail.alice.test ADDR=192.0.2.55 PORT=40001 PROTO=ESMTP HELO=mail.alice.test",
            "EHLO mail.alice.test", "MAIL FROM:<alice@alice.test>"],
            hop.Commands(0).Take(5));
    }

    [Fact]
    public async Task XCLIENT_is_sent_again_only_when_the_client_changes()
    {
        await using var rig = new RelayRig();
        await using var hop = XclientHop();

        await SendAsync(rig, hop, RelayRig.Alice);
        await SendAsync(rig, hop, RelayRig.Alice);
        await SendAsync(rig, hop, Bob);
        await SendAsync(rig, hop, Bob);
        await SendAsync(rig, hop, RelayRig.Alice with { Port = 1 });

        Assert.Equal(1, hop.Connections);
        Assert.Equal(3, hop.Commands(0).Count(command => Is(command, "XCLIENT")));
        Assert.Equal(
            ["ADDR=192.0.2.55", "ADDR=192.0.2.55", "ADDR=IPv6:2001:db8::7", "ADDR=IPv6:2001:db8::7", "ADDR=192.0.2.55"],
            hop.Messages.Select(message => message.Xclient!.Split(' ').Single(word => Is(word, "ADDR"))));
    }

    [Fact]
    public async Task A_client_gets_the_idle_session_with_its_own_XCLIENT()
    {
        await using var rig = new RelayRig();
        await using var hop = XclientHop();
        await using (var alice = rig.Begin(hop))
        await using (var bob = rig.Begin(hop, client: Bob))
        {
            await alice.AddRecipientsAsync(RelayRig.Recipients("a@example.com"), default);
            await bob.AddRecipientsAsync(RelayRig.Recipients("b@example.com"), default);
        }

        await SendAsync(rig, hop, Bob);
        await SendAsync(rig, hop, RelayRig.Alice);

        Assert.Equal(2, hop.Connections);
        Assert.Equal(2, hop.Log.Count(line => line.Contains("XCLIENT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_aborted_transaction_is_reset_before_the_client_changes()
    {
        await using var rig = new RelayRig();
        await using var hop = XclientHop();
        await using (var aborted = rig.Begin(hop))
        {
            await aborted.AddRecipientsAsync(RelayRig.Recipients("a@example.com"), default);
        }

        await SendAsync(rig, hop, Bob);

        var commands = hop.Commands(0).Select(command => command.Split(' ')[0]);
        Assert.Equal(["greeting", "EHLO", "XCLIENT", "EHLO", "MAIL", "RCPT", "RSET", "XCLIENT", "EHLO", "MAIL", "RCPT", "DATA"], commands);
    }

    [Fact]
    public async Task After_a_refused_XCLIENT_the_mail_is_sent_without_it()
    {
        await using var rig = new RelayRig();
        await using var hop = XclientHop();
        hop.Script = (step, _) => Is(step, "XCLIENT") ? HopAction.Say("550 5.7.0 insufficient authorization") : null;

        await SendAsync(rig, hop, RelayRig.Alice);
        await SendAsync(rig, hop, Bob);

        Assert.Equal(1, hop.Connections);
        Assert.Single(hop.Commands(0), command => Is(command, "XCLIENT"));
        Assert.Equal(["greeting", "EHLO", "XCLIENT", "MAIL"], hop.Commands(0).Take(4).Select(command => command.Split(' ')[0]));
    }

    [Fact]
    public async Task A_client_whose_names_the_next_hop_does_not_understand_is_given_by_its_address()
    {
        await using var rig = new RelayRig();
        await using var hop = XclientHop();
        hop.Script = (step, _) => Is(step, "XCLIENT") && step.Contains("HELO=", StringComparison.Ordinal) ? HopAction.Say("501 5.5.4 Bad HELO syntax") : null;

        await SendAsync(rig, hop, RelayRig.Alice with { Helo = new string('\u00fc', 255) });
        await SendAsync(rig, hop, Bob);

        Assert.Equal(1, hop.Connections);
        Assert.Equal(
            ["XCLIENT NAME=[UNAVAILABLE] ADDR=192.0.2.55 PORT=40001 PROTO=ESMTP", "XCLIENT NAME=[UNAVAILABLE] ADDR=IPv6:2001:db8::7 PORT=4242 PROTO=SMTP"],
            hop.Messages.Select(message => message.Xclient));
    }

    [Fact]
    public async Task Mail_is_never_sent_under_the_previous_clients_XCLIENT()
    {
        await using var rig = new RelayRig();
        await using var hop = XclientHop();
        hop.Script = (step, _) => Is(step, "XCLIENT") && step.Contains("2001:db8::7", StringComparison.Ordinal) ? HopAction.Say("501 5.5.4 not IPv6") : null;

        await SendAsync(rig, hop, RelayRig.Alice);
        await SendAsync(rig, hop, Bob);

        Assert.Equal([0, 1], hop.Messages.Select(message => message.Connection));
        Assert.Null(hop.Messages.Last().Xclient);
    }

    [Fact]
    public async Task A_next_hops_refusal_of_the_client_is_passed_on()
    {
        await using var rig = new RelayRig();
        await using var hop = XclientHop();
        hop.Script = (step, _) => Is(step, "XCLIENT") ? HopAction.Say("554 5.7.1 client host rejected") : null;

        Assert.Matches(@"^554 5\.7\.1 127\.0\.0\.1\[127\.0\.0\.1\]:\d+ said: client host rejected$", (await rig.SendAsync(hop)).Rcpt.ToString());
    }
}
