using System.Net;
using System.Text;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The text of deferrals and refusals about rate.</summary>
public sealed class RateRepliesTests
{
    private const string Longest = "2001:db8:1111:2222:3333:4444:5555:6666";
    private const string Id = "3f2a1b0001";

    public static TheoryData<string> RateReasons => [.. Enum.GetValues<RefusalReason>().Where(RateReplies.IsAboutRate).Select(reason => reason.ToString())];

    [Theory]
    [MemberData(nameof(RateReasons))]
    public void Each_reply_about_rate_names_network_address_minutes_and_session_and_ends_with_the_help_page(string reason)
    {
        foreach (var address in new[] { "192.0.2.7", "2001:db8::7" })
        {
            var reply = Reply(reason, address, help: "https://help.example.net/?host={address}&session={id}");
            Assert.Contains(reply.Code, new[] { 421, 451 });
            Assert.Equal(4, reply.Status!.Value.Class);
            var text = Assert.Single(reply.Lines);
            Assert.StartsWith("throttle-mx.example.net limits mail by sending host: the limit", text.Replace(": twice the limit", ": the limit", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.Contains($" {address}, try again in 12 minutes (session {Id}), see ", text, StringComparison.Ordinal);
            Assert.EndsWith($"https://help.example.net/?host={Uri.EscapeDataString(address)}&session={Id}", text, StringComparison.Ordinal);
            Assert.DoesNotContain(" you", text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [MemberData(nameof(RateReasons))]
    public void With_the_longest_names_a_reply_is_one_line_of_at_most_510_octets_and_keeps_address_and_link(string reason)
    {
        const string Template = "https://help.example.net/{address}/{id}/";
        var network = string.Join('.', Enumerable.Repeat(new string('m', 62), 4));
        var help = Template.PadRight(HelpLink.MaxUrl, 'x');
        var reply = Reply(reason, Longest, help, network);
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        reply.WriteTo(output);
        var wire = Encoding.ASCII.GetString(output.WrittenSpan);
        Assert.Equal(1, wire.Count(c => c == '\n'));
        Assert.InRange(wire.Length - 2, 1, RateReplies.MaxLine);
        Assert.Contains($" {Longest}, try again in 12 minutes (session {Id}), see https://help.example.net/{Uri.EscapeDataString(Longest)}/{Id}/xxx", wire, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.1, "1 minute ")]
    [InlineData(1, "1 minute ")]
    [InlineData(1.1, "2 minutes ")]
    [InlineData(1440, "1440 minutes ")]
    public void Minutes_are_rounded_up(double minutes, string said)
    {
        var reply = new RateReplies(new NetworkOptions(), new HelpLink(null)).For(new Refusal(RefusalReason.OverHardLimit, TimeSpan.FromMinutes(minutes)), IPAddress.Loopback, Id);
        Assert.Contains($"try again in {said}(session", reply.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(")", reply.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_name_of_the_network_and_a_help_page_the_rest_is_the_same() => Assert.Equal(
        "451 4.7.1 This network limits mail by sending host: the limit for a day is reached by 192.0.2.7, try again in 12 minutes (session 3f2a1b0001)",
        new RateReplies(new NetworkOptions { Names = [] }, new HelpLink(null)).For(new Refusal(RefusalReason.OverDayLimit, TimeSpan.FromMinutes(12)), IPAddress.Parse("192.0.2.7"), Id).ToString());

    private static SmtpReply Reply(string reason, string address, string help, string network = "throttle-mx.example.net") =>
        new RateReplies(new NetworkOptions { Names = [network] }, new HelpLink(help)).For(new Refusal(Enum.Parse<RefusalReason>(reason), TimeSpan.FromMinutes(12)), IPAddress.Parse(address), Id);
}
