using ThrottleNet.MxNode.Tests.Inbound;

namespace ThrottleNet.MxNode.Tests.Content;

/// <summary>Commands that the node does not know: filters hear of them, and they are refused in any case.</summary>
public sealed class UnknownCommandTests
{
    [Theory]
    [InlineData(null, "500 5.5.1")]
    [InlineData("r", "550 5.7.1")]
    [InlineData("y502 5.5.1 not here\0", "502 5.5.1 not here")]
    public async Task A_filter_hears_the_whole_line_and_may_answer(string? answer, string expected)
    {
        await using var filter = new ScriptedFilter { Script = e => answer is not null && e.StartsWith('U') ? FilterAction.Say(answer) : null };
        await using var rig = await InboundRig.StartAsync(c => c with { Content = c.Content with { Milters = [filter.Address] } });
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">Frob a b", "<" + expected, ">QUIT", "<221");
        Assert.Contains("UFrob a b|", filter.Events);
    }
}
