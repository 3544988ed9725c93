
namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The machine runs short of memory or disk space.</summary>
public sealed class StorageTests
{
    private static readonly string BigText = string.Concat(Enumerable.Repeat("a line of text\r\n", 20_000)).TrimEnd();

    [Fact]
    public async Task Resource_pressure_is_421_at_the_next_command()
    {
        // No disk has room for eight such messages.
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxMessageSize = long.MaxValue / 8 } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<421 4.3.2");
        await client.ExpectEndAsync();
        Assert.Contains("(Pressure)", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_cannot_be_stored_is_452_and_is_not_sent()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.ExpectsErrors = true;
        var client = await rig.ConnectAsync();

        // Texts over the memory limit go to files in this folder; without the folder none can be created.
        Directory.Delete(Path.Combine(rig.DataDirectory, "spool"));
        Assert.StartsWith("452 4.3.1", await client.DeliverAsync(BigText), StringComparison.Ordinal);
        await rig.Log.UntilAsync(1003);
        Assert.Empty(rig.Hop.Messages);

        // A text within the memory limit needs no file.
        await client.TalkAsync(">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">hello\r\n.", "<250");
        Assert.Single(rig.Hop.Messages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_text_over_the_memory_limit_is_delivered_whole_and_leaves_no_file(bool refused)
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => refused && step == "dot" ? HopAction.Say("554 5.7.1 no") : null;
        var client = await rig.ConnectAsync();
        Assert.StartsWith(refused ? "554" : "250", await client.DeliverAsync(BigText), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(rig.DataDirectory, "spool")));
        Assert.Equal(refused ? 0 : 1, rig.Hop.Messages.Count(m => m.Content.Length > BigText.Length));
    }
}
