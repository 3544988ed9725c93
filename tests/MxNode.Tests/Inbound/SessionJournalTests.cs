namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>A flood of sessions without MAIL does not flood the log.</summary>
public sealed class SessionJournalTests
{
    private const int Summary = 1020;

    [Fact]
    public async Task Sessions_without_MAIL_beyond_the_first_in_a_minute_share_a_log_line()
    {
        await using var rig = await InboundRig.StartAsync();
        for (var i = 0; i < 12; i++)
        {
            await using var silent = await rig.ConnectAsync("127.9.0.1");
            await silent.TalkAsync("<220", ">QUIT", "<221");
            await silent.ExpectEndAsync();
        }

        await using var neighbour = await rig.ConnectAsync("127.9.0.2");
        await neighbour.TalkAsync("<220", ">QUIT", "<221");
        var mail = await rig.ConnectAsync("127.9.0.1");
        Assert.StartsWith("250", await mail.DeliverAsync("hello"), StringComparison.Ordinal);
        await mail.DisposeAsync();
        Assert.Equal(7, (await rig.SessionsAsync(7)).Count);
        Assert.DoesNotContain(rig.Log.Lines, l => l.Event == Summary);

        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        var line = Assert.Single(await rig.Log.UntilAsync(Summary));
        Assert.Equal("sessions without MAIL in the last minute, block 127.9.0.1: 7 more; the last one ended with none", line.Message);
    }
}
