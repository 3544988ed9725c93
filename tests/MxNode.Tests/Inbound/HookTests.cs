using ThrottleNet.MxNode.Inbound;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The contract of hooks: what they may do at each phase, and that no fault of theirs promises anything.</summary>
public sealed class HookTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(11);

    [Fact]
    public async Task A_hook_sees_every_phase_in_order()
    {
        var hook = new TestHook(Phase.Connect, _ => default);
        await using var rig = await InboundRig.StartAsync(null, hook);
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        await rig.SessionsAsync();
        Assert.Equal(Enum.GetValues<Phase>(), hook.Seen);
    }

    [Theory]
    [InlineData(Phase.Connect, "<554 5.4.6")]
    [InlineData(Phase.Greet, "<554 5.4.6")]
    [InlineData(Phase.Hello, "<220", ">EHLO client.test", "<554 5.4.6", ">MAIL FROM:<a@client.test>", "<503")]
    [InlineData(Phase.Mail, "<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<554 5.4.6", ">RCPT TO:<bob@example.com>", "<503", ">MAIL FROM:<>", "<554 5.4.6")]
    [InlineData(Phase.Recipients, "<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>\r\nRCPT TO:<ann@example.com>", "<554 5.4.6", "<554 5.4.6", ">DATA", "<503", ">RSET", "<250")]
    [InlineData(Phase.Data, "<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<554 5.4.6", ">RCPT TO:<bob@example.com>", "<503", ">MAIL FROM:<>", "<250")]
    [InlineData(Phase.Message, "<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">hello\r\n.", "<554 5.4.6", ">MAIL FROM:<>", "<250")]
    public async Task A_refusal_is_the_answer_at_its_phase(Phase phase, params string[] script)
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, _ => new(new Refusal(RefusalReason.MailLoop))));
        var client = await rig.ConnectAsync();
        await client.TalkAsync(script);
        Assert.Empty(rig.Hop.Messages);
        if (phase <= Phase.Greet)
        {
            await client.ExpectEndAsync();
        }
    }

    [Theory]
    [InlineData(Phase.Hello)]
    [InlineData(Phase.Mail)]
    [InlineData(Phase.Recipients)]
    [InlineData(Phase.Data)]
    [InlineData(Phase.Message)]
    public async Task A_refusal_by_421_closes_at_every_phase(Phase phase)
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, _ => new(new Refusal(RefusalReason.Pressure))));
        var client = await rig.ConnectAsync();
        Assert.StartsWith("421 4.3.2", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.ExpectEndAsync();
        Assert.Empty(rig.Hop.Messages);
    }

    [Theory]
    [InlineData(Phase.Connect)]
    [InlineData(Phase.Greet)]
    [InlineData(Phase.Hello)]
    [InlineData(Phase.Mail)]
    [InlineData(Phase.Recipients)]
    [InlineData(Phase.Data)]
    [InlineData(Phase.Message)]
    public async Task A_hook_may_wait_at_each_phase(Phase phase)
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, async session =>
        {
            await session.DelayAsync(Wait);
            return null;
        }));
        var client = await rig.ConnectAsync();
        var delivered = client.DeliverAsync("hello");
        await rig.Clock.UntilSetAsync(Wait);
        Assert.False(delivered.IsCompleted);
        rig.Clock.Advance(Wait);
        Assert.StartsWith("250", await delivered, StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        Assert.Contains("held 11000 ms of 11000 ms", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Phase.Connect)]
    [InlineData(Phase.Hello)]
    [InlineData(Phase.Mail)]
    [InlineData(Phase.Recipients)]
    [InlineData(Phase.Data)]
    [InlineData(Phase.Message)]
    public async Task A_hook_that_waits_for_a_client_that_leaves_is_no_failure(Phase phase)
    {
        TimeProvider? clock = null;
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, async session =>
        {
            await Task.Delay(Wait, clock!, session.Gone);
            return null;
        }));
        clock = rig.Clock;
        var client = await rig.ConnectAsync();
        var delivered = client.DeliverAsync("hello");
        await rig.Clock.UntilSetAsync(Wait);
        client.Vanish();
        await Record.ExceptionAsync(() => delivered);
        Assert.Contains("0 messages", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
        Assert.Empty(rig.Hop.Messages);
    }

    [Theory]
    [InlineData(Phase.Connect)]
    [InlineData(Phase.Greet)]
    [InlineData(Phase.Hello)]
    [InlineData(Phase.Mail)]
    [InlineData(Phase.Recipients)]
    [InlineData(Phase.Data)]
    [InlineData(Phase.Message)]
    public async Task A_hook_that_throws_where_it_is_asked_ends_the_session_with_421(Phase phase)
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, _ => throw new InvalidOperationException("a hook's fault")));
        rig.ExpectsErrors = true;
        var client = await rig.ConnectAsync();
        Assert.StartsWith("421 4.3.0", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.ExpectEndAsync();
        Assert.Empty(rig.Hop.Messages);
        Assert.Equal("a hook's fault", Assert.Single(await rig.Log.UntilAsync(1001)).Exception!.Message);
        Assert.Contains("error:", Assert.Single(await rig.SessionsAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Phase.RecipientAnswered)]
    [InlineData(Phase.Answered)]
    [InlineData(Phase.Disconnected)]
    public async Task A_hook_that_throws_where_it_is_told_is_logged_and_changes_nothing(Phase phase)
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, _ => throw new InvalidOperationException("a hook's fault")));
        rig.ExpectsErrors = true;
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        Assert.Contains("quit: forward", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
        await rig.Log.UntilAsync(1007);
        Assert.Single(rig.Hop.Messages);
    }
}
