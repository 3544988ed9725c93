namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Mail loops (RFC 5321, section 6.3).</summary>
public sealed class LoopTests
{
    private const string Ours = "Received: from x (y [192.0.2.1])\r\n\tby a.node.test (ThrottleNet) with ESMTP id 4711;\r\n\tThu, 1 Jan 2026 00:00:00 +0000\r\n";

    [Fact]
    public async Task Mail_resent_by_a_list_passes_this_node_again_and_a_loop_is_554()
    {
        Assert.StartsWith("250", await AnswerAsync(Round(5)), StringComparison.Ordinal);
        Assert.StartsWith("554 5.4.6", await AnswerAsync(Round(6)), StringComparison.Ordinal);

        static string Round(int times) => string.Concat(Enumerable.Repeat("Received: from a by b; c\r\n" + Ours, times)) + "Subject: round and round\r\n\r\nhello";
    }

    [Fact]
    public async Task A_hundred_Received_fields_pass_and_one_more_is_554()
    {
        var line = "received: from a\r\n by b; c\r\n";
        Assert.StartsWith("250", await AnswerAsync(string.Concat(Enumerable.Repeat(line, 100)) + "\r\nhello"), StringComparison.Ordinal);
        Assert.StartsWith("554 5.4.6", await AnswerAsync(string.Concat(Enumerable.Repeat(line, 101)) + "\r\nhello"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Received_line_in_the_body_or_in_another_field_is_not_a_loop()
    {
        Assert.StartsWith("250", await AnswerAsync("Subject: by a.node.test (ThrottleNet) with\r\nX-Received: by a.node.test (ThrottleNet) with x\r\n\r\n" + Ours), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loop_is_found_in_a_text_that_is_in_a_file()
    {
        Assert.StartsWith("554 5.4.6", await AnswerAsync(string.Concat(Enumerable.Repeat(Ours, 6)) + "\r\n" + string.Concat(Enumerable.Repeat("a line of text\r\n", 50_000))), StringComparison.Ordinal);
    }

    private static async Task<string> AnswerAsync(string text)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        var answer = await client.DeliverAsync(text.TrimEnd('\r', '\n'));
        await client.TalkAsync(">NOOP", "<250");
        Assert.Equal(answer[0] == '2' ? 1 : 0, rig.Hop.Messages.Count);
        return answer;
    }
}
