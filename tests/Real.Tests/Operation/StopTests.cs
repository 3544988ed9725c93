using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Operation;

public sealed class StopTests
{
    // Once the process ended with 143 when the signal came right after the start.
    [Fact]
    public async Task A_node_told_to_stop_as_soon_as_it_listens_stops_cleanly()
    {
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder);

        await node.StopAsync();

        Assert.True(node.HasExited);
    }

    [NeedsFact("root", "smtp-sink")]
    public async Task A_node_that_stops_finishes_the_message_in_flight_and_accepts_no_other()
    {
        await using var sink = await SmtpSink.StartAsync("-W", ".:6");
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"));
        await using var busy = await RawClient.ConnectAsync(node.Smtp);
        await using var idle = await RawClient.ConnectAsync(node.Smtp);
        await idle.AnswerAsync();
        await busy.AnswerAsync();
        await busy.AskAsync("EHLO people.test");
        await busy.AskAsync("MAIL FROM:<friend@people.test>");
        await busy.AskAsync("RCPT TO:<someone@sink.test>");
        Assert.StartsWith("354", await busy.AskAsync("DATA"), StringComparison.Ordinal);
        await busy.SendAsync("Subject: in flight\r\n\r\nhello\r\n.\r\n");

        var stopping = node.StopAsync();

        Assert.StartsWith("421 4.3.2", await idle.AnswerAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await busy.AnswerAsync(), StringComparison.Ordinal);
        await stopping;
        Assert.Single(sink.Messages());
    }
}
