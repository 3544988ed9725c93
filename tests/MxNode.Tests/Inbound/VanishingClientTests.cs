using ThrottleNet.MxNode.Inbound;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Clients that disconnect before they got the reply: nothing is promised, nothing is lost.</summary>
public sealed class VanishingClientTests
{
    private const string Text = "Subject: x\r\n\r\nhello\r\n.\r\n";
    private static readonly string[] ToData =
        ["<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(9)]
    public async Task A_client_that_disconnects_between_commands_releases_its_place(int steps)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync(ToData[..steps]);
        client.Vanish();
        Assert.Contains("messages: 0,", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
        Assert.Empty(rig.Hop.Messages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_disconnects_within_the_text_has_nothing_sent(bool reset)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync(ToData);
        await client.SendAsync(Text[..^3]);
        Leave(client, reset);
        await rig.SessionsAsync();
        Assert.Empty(rig.Hop.Messages);
        Assert.DoesNotContain(rig.Hop.Log, line => line.EndsWith("DATA", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_disconnects_during_the_hold_causes_no_connection_to_the_next_hop()
    {
        var hold = TimeSpan.FromSeconds(3);
        await using var rig = await InboundRig.StartAsync(c => c with { Throttle = c.Throttle with { Hold = hold } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>");
        await rig.Clock.UntilSetAsync(hold);
        client.Vanish();
        await rig.SessionsAsync();
        Assert.Equal(0, rig.Hop.Connections);
    }

    [Fact]
    public async Task A_client_that_disconnects_while_the_next_hop_delays_RCPT_ends_both_sessions()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Stall : null;
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>");
        await rig.Hop.Stalled.WaitAsync(TimeSpan.FromSeconds(60));
        client.Vanish();
        await rig.SessionsAsync();
    }

    [Fact]
    public async Task A_client_that_disconnects_while_slowed_before_the_text_is_sent_has_nothing_sent()
    {
        var wait = TimeSpan.FromSeconds(11);
        await using var rig = await InboundRig.StartAsync(null, new TestHook(Phase.Message, async session =>
        {
            await session.DelayAsync(wait);
            return Step.Continue;
        }));
        var client = await rig.ConnectAsync();
        await client.TalkAsync(ToData);
        await client.SendAsync(Text);
        await rig.Clock.UntilSetAsync(wait);
        client.Vanish();
        Assert.Contains("messages: 0,", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
        Assert.Empty(rig.Hop.Messages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_disconnects_before_it_got_250_is_logged_as_a_possible_duplicate(bool reset)
    {
        var gate = new Gate();
        Session? seen = null;
        await using var rig = await InboundRig.StartAsync(null, new TestHook(Phase.Message, session =>
        {
            seen = session;
            return default;
        }));
        rig.Hop.Script = (step, _) => step == "dot" ? gate.ThenSay("250 2.0.0 queued") : null;
        await LeaveAtGateAsync(rig, gate, () => seen!, client => Leave(client, reset));
        await rig.Log.UntilAsync(1002);
        Assert.Contains("messages: 1,", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
        Assert.Single(rig.Hop.Messages);
    }

    [Fact]
    public async Task A_client_that_disconnects_before_the_final_dot_is_sent_has_no_message_delivered()
    {
        var gate = new Gate();
        Session? seen = null;
        await using var rig = await InboundRig.StartAsync(null, new TestHook(Phase.Message, session =>
        {
            seen = session;
            return default;
        }));
        rig.Hop.Script = (step, _) => step == "DATA" ? gate.ThenSay("354 go on") : null;
        await LeaveAtGateAsync(rig, gate, () => seen!, client => client.Vanish());
        Assert.Contains("messages: 0,", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
        Assert.Empty(rig.Hop.Messages);
        Assert.DoesNotContain(rig.Log.Lines, e => e.Event is 1002 or 3009);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_got_250_and_sends_QUIT_is_not_logged_as_a_possible_duplicate(bool byBdat)
    {
        await using var rig = await InboundRig.StartAsync();
        const int Clients = 50;
        for (var i = 0; i < Clients; i++)
        {
            var client = await rig.ConnectAsync();
            if (byBdat)
            {
                await client.EnvelopeAsync();
                await client.SendAsync("BDAT 7 LAST\r\nhello\r\n");
            }
            else
            {
                await client.TalkAsync(ToData);
                await client.SendAsync(Text);
            }

            await client.TalkAsync("<250");
            await client.SendAsync("QUIT\r\n");
            await client.DisposeAsync();
        }

        await rig.SessionsAsync(Clients);
        Assert.DoesNotContain(rig.Log.Lines, e => e.Event == 1002);
    }

    [Fact]
    public async Task A_client_that_disconnects_before_it_got_a_refusal_is_not_a_possible_duplicate()
    {
        var gate = new Gate();
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step == "dot" ? gate.ThenSay("554 5.7.1 spam") : null;
        var client = await rig.ConnectAsync();
        await client.TalkAsync(ToData);
        await client.SendAsync(Text);
        await gate.ReachedAsync();
        client.Vanish();
        gate.Open();
        await rig.SessionsAsync();
        Assert.DoesNotContain(rig.Log.Lines, e => e.Event == 1002);
    }

    private static void Leave(RawClient client, bool reset)
    {
        if (reset)
        {
            client.Vanish();
        }
        else
        {
            client.FinishSending();
        }
    }

    // Sends a text up to the gate, disconnects, and opens the gate once the node has noticed.
    private static async Task LeaveAtGateAsync(InboundRig rig, Gate gate, Func<Session> session, Action<RawClient> leave)
    {
        var client = await rig.ConnectAsync();
        await client.TalkAsync(ToData);
        await client.SendAsync(Text);
        await gate.ReachedAsync();
        leave(client);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var noticed = session().Gone.Register(gone.SetResult);
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(60));
        gate.Open();
    }
}
