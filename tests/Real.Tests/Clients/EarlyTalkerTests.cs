using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Clients;

public sealed class EarlyTalkerTests
{
    [Fact]
    public async Task An_early_talker_is_refused_and_disconnected()
    {
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, "Smtp:GreetDelay=00:00:02");
        await using var talk = await RawClient.ConnectAsync(node.Smtp);
        await talk.SendAsync("EHLO script.test\r\nMAIL FROM:<a@script.test>\r\n");

        Assert.StartsWith("554 5.5.1 ", await talk.AnswerAsync(), StringComparison.Ordinal);
        Assert.Null(await talk.AnswerAsync());
        await node.StopAsync();
    }

    [Fact]
    public async Task A_client_that_waits_for_the_greeting_is_served()
    {
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, "Smtp:GreetDelay=00:00:02");
        await using var talk = await RawClient.ConnectAsync(node.Smtp);

        Assert.StartsWith("220 ", await talk.AnswerAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await talk.AskAsync("EHLO person.test"), StringComparison.Ordinal);
        Assert.StartsWith("221 ", await talk.AskAsync("QUIT"), StringComparison.Ordinal);
        await node.StopAsync();
    }
}
