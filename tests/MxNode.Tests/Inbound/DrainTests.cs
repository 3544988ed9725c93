
namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The node stops while clients are connected.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task At_shutdown_the_next_command_is_421_and_silent_clients_get_421_at_once()
    {
        await using var rig = await InboundRig.StartAsync();
        var silent = await rig.ConnectAsync("127.0.0.1");
        await silent.TalkAsync("<220");
        var stopped = rig.StopAsync();
        await silent.TalkAsync("<421 4.3.2");
        await silent.ExpectEndAsync();
        await stopped.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains("(ShuttingDown)", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shutdown_during_the_greet_delay_is_421()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { GreetDelay = TimeSpan.FromSeconds(3) } });
        var client = await rig.ConnectAsync();
        await rig.Clock.UntilSetAsync(TimeSpan.FromSeconds(3));
        var stopped = rig.StopAsync();
        await client.TalkAsync("<421 4.3.2");
        await client.ExpectEndAsync();
        await stopped.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_message_in_flight_is_finished_before_421()
    {
        var gate = new Gate();
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step == "dot" ? gate.ThenSay("250 2.0.0 queued") : null;
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        await client.TalkAsync(">DATA", "<354", ">hello\r\n.");
        await gate.ReachedAsync();
        var stopped = rig.StopAsync();
        gate.Open();
        await client.TalkAsync("<250 2.0.0 queued", "<421 4.3.2");
        await client.ExpectEndAsync();
        await stopped.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Single(rig.Hop.Messages);
    }

    [Fact]
    public async Task A_text_in_transfer_is_read_to_its_end_and_answered_before_421()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { DataTimeout = TimeSpan.FromSeconds(117) } });
        var silent = await rig.ConnectAsync("127.0.0.1");
        await silent.TalkAsync("<220");
        var client = await rig.ConnectAsync("127.0.0.2");
        await client.EnvelopeAsync();
        await client.TalkAsync(">DATA", "<354", ">Subject: half");
        await rig.Clock.UntilSetAsync(TimeSpan.FromSeconds(117));
        var stopped = rig.StopAsync();

        // The other client got its 421, so this client's session has noticed the shutdown too.
        await silent.TalkAsync("<421");
        await client.TalkAsync(">\r\nthe other half\r\n.", "<250", "<421 4.3.2");
        await client.ExpectEndAsync();
        await silent.DisposeAsync();
        await stopped.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Single(rig.Hop.Messages);
    }

    [Fact]
    public async Task A_transaction_without_its_text_ends_with_421()
    {
        var gate = new Gate();
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? gate.ThenSay("250 2.1.5 ok") : null;
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>");
        await gate.ReachedAsync();
        var stopped = rig.StopAsync();
        gate.Open();
        await client.TalkAsync("<250", "<421 4.3.2");
        await client.ExpectEndAsync();
        await stopped.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Empty(rig.Hop.Messages);
    }
}
