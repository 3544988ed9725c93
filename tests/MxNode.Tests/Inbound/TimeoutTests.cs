namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Clients that send nothing, until the node's timeouts end the session.</summary>
public sealed class TimeoutTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DataIdle = TimeSpan.FromSeconds(117);

    [Fact]
    public async Task Idle_is_421_after_five_minutes()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await rig.Clock.UntilSetAsync(Idle);
        rig.Clock.Advance(Idle - TimeSpan.FromMilliseconds(1));
        Assert.False(client.HasReply);
        rig.Clock.Advance(TimeSpan.FromMilliseconds(2));
        await client.TalkAsync("<421 4.4.2");
        await client.ExpectEndAsync();
        Assert.Contains("(Idle)", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_incomplete_command_does_not_extend_the_idle_time()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">NOOP", "<250");
        await rig.Clock.UntilSetAsync(Idle);
        rig.Clock.Advance(Idle / 2);
        await client.SendAsync("NOO");
        rig.Clock.Advance(Idle / 2);
        await client.TalkAsync("<421 4.4.2");
    }

    [Fact]
    public async Task An_endless_command_line_counts_as_idle()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">NOOP", "<250");
        await rig.Clock.UntilSetAsync(Idle);
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        await client.SendAsync(new string('x', 2000));

        // Whether or not the node has read the rest of the line by now.
        var reply = client.ReplyAsync();
        while (await Task.WhenAny(reply, rig.Clock.UntilSetAsync(Idle)) != reply)
        {
            rig.Clock.Advance(Idle);
        }

        Assert.StartsWith("421 4.4.2", await reply, StringComparison.Ordinal);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Silence_within_a_text_is_421_and_the_text_is_not_sent()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { DataTimeout = DataIdle } });
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        await client.TalkAsync(">DATA", "<354");
        await rig.Clock.UntilSetAsync(DataIdle);
        await client.SendAsync("Subject: half a message\r\n");
        rig.Clock.Advance(DataIdle - TimeSpan.FromMilliseconds(1));
        Assert.False(client.HasReply);
        await rig.Clock.UntilSetAsync(DataIdle);
        rig.Clock.Advance(DataIdle);
        await client.TalkAsync("<421 4.4.2");
        await client.ExpectEndAsync();
        Assert.Empty(rig.Hop.Messages);
    }

    [Fact]
    public async Task Idle_times_are_shorter_under_pressure()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxConnections = 2 } });
        var first = await rig.ConnectAsync("127.0.0.1");
        await first.TalkAsync("<220");
        await rig.Clock.UntilSetAsync(Idle);
        var second = await rig.ConnectAsync("127.0.0.2");
        await second.TalkAsync("<220");
        await rig.Clock.UntilSetAsync(TimeSpan.FromSeconds(30));
        rig.Clock.Advance(TimeSpan.FromSeconds(31));
        await second.TalkAsync("<421 4.4.2");
        Assert.False(first.HasReply);
    }
}
