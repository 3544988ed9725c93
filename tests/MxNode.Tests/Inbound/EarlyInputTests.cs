namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Clients that send something before it is their turn.</summary>
public sealed class EarlyInputTests
{
    private static readonly TimeSpan GreetDelay = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData("EHLO early.test\r\n")]
    [InlineData("E")]
    public async Task Input_before_the_greeting_is_554_after_the_delay_and_closes(string octets)
    {
        await using var rig = await StartAsync();
        var client = await rig.ConnectAsync();
        await rig.Clock.UntilSetAsync(GreetDelay);
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        await client.SendAsync(octets);

        // The node has noticed, and waits for the rest of the delay.
        await rig.Clock.UntilSetAsync(TimeSpan.FromSeconds(2));
        rig.Clock.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromMilliseconds(1));
        Assert.False(client.HasReply);
        rig.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await client.TalkAsync("<554 5.5.1");
        await client.ExpectEndAsync();
        Assert.Contains("refuse (EarlyTalker)", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_waits_is_greeted_after_the_delay()
    {
        await using var rig = await StartAsync();
        var client = await rig.ConnectAsync();
        await rig.Clock.UntilSetAsync(GreetDelay);
        rig.Clock.Advance(GreetDelay - TimeSpan.FromMilliseconds(1));
        Assert.False(client.HasReply);
        rig.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
    }

    [Fact]
    public async Task A_trusted_host_is_greeted_at_once_and_may_speak_early()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { GreetDelay = GreetDelay }, Trust = c.Trust with { Entries = ["127.0.0.9"] } });
        var client = await rig.ConnectAsync("127.0.0.9");
        await client.SendAsync("HELO list.test\r\n");
        await client.TalkAsync("<220", "<250");
    }

    [Fact]
    public async Task A_client_that_disconnects_during_the_greet_delay_releases_its_place()
    {
        await using var rig = await StartAsync();
        var client = await rig.ConnectAsync();
        await rig.Clock.UntilSetAsync(GreetDelay);
        client.Vanish();
        Assert.Contains("closed: none", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HELO client.test\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nhello\r\n.\r\n", 3)]
    [InlineData("HELO client.test\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n\r\n", 3)]
    public async Task Input_after_data_before_354_is_421_and_closes(string octets, int positive)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220");
        await client.SendAsync(octets);
        await client.TalkAsync([.. Enumerable.Repeat("<250", positive), "<421 4.7.0 you sent on without waiting"]);
        await client.ExpectEndAsync();
        Assert.Empty(rig.Hop.Messages);
    }

    [Theory]
    [InlineData("EHLO client.test\r\nMAIL FROM:<a@client.test>\r\n")]
    [InlineData("EHLO client.test\r\nQUIT\r\n")]
    public async Task Input_after_ehlo_is_421_and_closes(string octets)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220");
        await client.SendAsync(octets);
        await client.TalkAsync("<421 4.7.0 you sent on without waiting");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Input_after_STARTTLS_is_421_and_the_plaintext_is_discarded()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync("STARTTLS\r\nRSET\r\n");
        await client.TalkAsync("<421 4.7.0");
        await client.ExpectEndAsync();
    }

    private static Task<InboundRig> StartAsync() => InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { GreetDelay = GreetDelay } });
}
