using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Tests.Inbound;

namespace ThrottleNet.MxNode.Tests.Content;

/// <summary>Filters in a session: the events they get, and the effect of their replies.</summary>
public sealed class ContentSessionTests
{
    internal const string Text = "Subject: hello\r\nTo: bob\r\n\r\nbody";

    [Fact]
    public async Task A_filter_gets_each_phase_and_the_message_is_delivered()
    {
        await using var filter = new ScriptedFilter();
        await using var rig = await StartAsync(filter);
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync(Text), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        await Eventually.HoldsAsync("the end of the session", () => filter.Events.Contains("K"));
        Assert.Equal(
            [
                $"C[127.0.0.1]|4{Port(client)}127.0.0.1|", "Hclient.test|", "M<alice@client.test>|", "R<bob@example.com>|", "T", "LSubject|hello|", "LTo|bob|",
                "N", "Bbody\r\n", "E", "K",
            ],
            filter.Events);
        Assert.EndsWith(Text + "\r\n", await MessageAsync(rig), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_macros_are_those_of_Postfix()
    {
        await using var filter = new ScriptedFilter();
        await using var rig = await StartAsync(filter);
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        var macros = filter.Log.Where(l => l.StartsWith("1 D", StringComparison.Ordinal)).Select(l => l[3..]).ToList();
        var id = macros[2].Split('|')[1];
        Assert.Equal(
            [
                "Cj|a.node.test|{daemon_name}|a.node.test|{daemon_addr}|127.0.0.1|v|ThrottleNet|_|unknown [127.0.0.1]|",
                "H",
                $"Mi|{id}|{{mail_addr}}|alice@client.test|{{mail_host}}|client.test|{{mail_mailer}}|smtp|",
                $"Ri|{id}|{{rcpt_addr}}|bob@example.com|{{rcpt_host}}|example.com|{{rcpt_mailer}}|relay|",
                $"Ti|{id}|",
                $"Ni|{id}|",
                $"Ei|{id}|",
            ],
            macros);
        Assert.Contains($" id {id}", await MessageAsync(rig), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('C', "yr", "554 5.7.1")]
    [InlineData('C', "t", "421 4.7.1")]
    [InlineData('C', "4", "421 4.7.0")]
    [InlineData('H', "r", "550 5.7.1")]
    [InlineData('H', "y451 4.2.0 later\0", "451 4.2.0 later")]
    [InlineData('M', "r", "550 5.7.1")]
    [InlineData('M', "d", "550 5.7.1")]
    [InlineData('R', "y550-5.1.1 no\r\n550 5.1.1 such user\0", "550 5.1.1 such user")]
    [InlineData('R', "t", "451 4.7.1")]
    [InlineData('R', "d", "550 5.7.1")]
    [InlineData('R', "4", "421 4.7.0")]
    [InlineData('T', "r", "550 5.7.1")]
    [InlineData('L', "r", "550 5.7.1")]
    [InlineData('N', "t", "451 4.7.1")]
    [InlineData('B', "d", "550 5.7.1")]
    [InlineData('E', "r", "550 5.7.1")]
    [InlineData('E', "t", "451 4.7.1")]
    [InlineData('E', "d", "550 5.7.1")]
    [InlineData('E', "f", "421 4.7.0")]
    [InlineData('E', "y421 4.7.7 go away\0", "421 4.7.7")]
    public async Task A_filters_refusal_is_the_reply_and_the_next_hop_gets_no_text(char at, string says, string expected)
    {
        await using var filter = new ScriptedFilter { Script = e => e[0] == at ? FilterAction.Say(says == "yr" ? "r" : says) : null };
        await using var rig = await StartAsync(filter);
        var client = await rig.ConnectAsync();
        Assert.StartsWith(expected, (await client.DeliverAsync(Text)).Split('\n')[^1], StringComparison.Ordinal);
        Assert.Empty(rig.Hop.Messages);
        Assert.DoesNotContain(rig.Hop.Log, l => l.EndsWith("DATA", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refused_messages_count_for_the_block_until_it_is_refused_itself()
    {
        await using var filter = new ScriptedFilter { Script = e => e == "E" ? FilterAction.Say("r") : null };
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Content = new() { Milters = [filter.Address] },
            Throttle = InboundRig.NoThrottle with { ContentRejects = 4 },
            Admin = new() { Listen = new(IPAddress.Loopback, 0) },
        });
        var client = await rig.ConnectAsync("127.0.0.9");
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        for (var i = 0; i < 3; i++)
        {
            await client.TalkAsync(">MAIL FROM:<>", "<250", $">RCPT TO:<bob{i}@example.com>", "<250", ">DATA", "<354", $">{Text}\r\n.", "<550 5.7.1");
        }

        await client.TalkAsync(">MAIL FROM:<>", "<250", ">RCPT TO:<bob@example.com>", "<421 4.7.1 throttle-mx.test limits mail by sending host: the limit for messages that content filters refuse is reached by 127.0.0.9");
        await (await rig.ConnectAsync("127.0.0.9")).TalkAsync("<421 4.7.1");
        await (await rig.ConnectAsync("127.0.0.10")).TalkAsync("<220");
        using var http = new HttpClient { BaseAddress = new Uri($"http://{rig.Node.Admin}/") };
        Assert.Contains("\"contentRejectsPerHour\": 6,", await http.GetStringAsync(new Uri("api/block/127.0.0.9", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t", false)]
    [InlineData("r", true)]
    public async Task Deferrals_by_a_filter_and_what_trusted_hosts_send_count_nothing(string says, bool isTrusted)
    {
        await using var filter = new ScriptedFilter { Script = e => e == "E" ? FilterAction.Say(says) : null };
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Content = new() { Milters = [filter.Address] },
            Throttle = InboundRig.NoThrottle with { ContentRejects = 1 },
            Trust = new() { Entries = isTrusted ? ["127.0.0.1/32"] : [] },
        });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        for (var i = 0; i < 5; i++)
        {
            await client.TalkAsync(">MAIL FROM:<>", "<250", $">RCPT TO:<bob{i}@example.com>", "<250", ">DATA", "<354", $">{Text}\r\n.", isTrusted ? "<550" : "<451");
        }
    }

    [Fact]
    public async Task A_refused_recipient_leaves_the_others()
    {
        await using var filter = new ScriptedFilter { Script = e => e.StartsWith("R<bad", StringComparison.Ordinal) ? FilterAction.Say("r") : null };
        await using var rig = await StartAsync(filter);
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<>", "<250", ">RCPT TO:<bad@example.com>\r\nRCPT TO:<bob@example.com>", "<550 5.7.1", "<250", ">DATA", "<354", $">{Text}\r\n.", "<250");
        Assert.Equal(["RCPT TO:<bob@example.com>"], rig.Hop.Messages.Single().Recipients);
    }

    [Fact]
    public async Task A_recipient_that_is_not_relayed_is_not_reported()
    {
        await using var filter = new ScriptedFilter();
        await using var rig = await StartAsync(filter);
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<>", "<250", ">RCPT TO:<bob@nowhere.test>", "<550 5.7.1 relaying denied");
        Assert.DoesNotContain(filter.Events, e => e[0] == 'R');
    }

    [Fact]
    public async Task Header_changes_are_applied_and_other_fields_stay()
    {
        await using var filter = new ScriptedFilter
        {
            Script = e => e == "E"
                ? FilterAction.Say("p", "hX-Spam\0no\0", $"i{FilterAction.Index(1)}DKIM-Signature\0v=1;\n\tb=AA\0", $"m{FilterAction.Index(1)}Subject\0changed\0", $"m{FilterAction.Index(1)}To\0\0", "a")
                : null,
        };
        await using var rig = await StartAsync(filter);
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync("A:  odd \r\n" + Text), StringComparison.Ordinal);
        var message = await MessageAsync(rig);
        Assert.StartsWith("Received: from client.test", message, StringComparison.Ordinal);
        Assert.EndsWith("\r\nDKIM-Signature: v=1;\r\n\tb=AA\r\nA:  odd \r\nSubject: changed\r\nX-Spam: no\r\n\r\nbody\r\n", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replaced_body_is_delivered_and_the_next_filter_sees_it()
    {
        await using var first = new ScriptedFilter { Script = e => e == "E" ? FilterAction.Say("bnew\n", "b.bo", "bdy", "hX-One\01\0", "c") : null };
        await using var second = new ScriptedFilter { Script = e => e == "E" ? FilterAction.Say("hX-Two\02\0", "c") : null };
        await using var rig = await StartAsync(first, second);
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.EndsWith("Subject: hello\r\nTo: bob\r\nX-One: 1\r\nX-Two: 2\r\n\r\nnew\r\n.body\r\n", await MessageAsync(rig), StringComparison.Ordinal);
        Assert.Contains("Bnew\r\n.body\r\n", second.Events);
        Assert.Contains("LX-One|1|", second.Events);
    }

    [Fact]
    public async Task A_body_may_be_emptied()
    {
        await using var filter = new ScriptedFilter { Script = e => e == "E" ? FilterAction.Say("b", "c") : null };
        await using var rig = await StartAsync(filter);
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.EndsWith("To: bob\r\n\r\n", await MessageAsync(rig), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_to_a_refused_message_have_no_effect()
    {
        await using var filter = new ScriptedFilter { Script = e => e == "E" ? FilterAction.Say("bnew", "hX\0y\0", "r") : null };
        await using var rig = await StartAsync(filter);
        Assert.StartsWith("550 5.7.1", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Empty(rig.Hop.Messages);
        Assert.Equal(0, rig.Node.Services.GetRequiredService<TextStore>().Memory);
    }

    [Theory]
    [InlineData("q looks odd\0", "550 5.7.1")]
    [InlineData("-<bob@example.com>\0", "550 5.7.1")]
    [InlineData("+<eve@example.com>\0", "451 4.3.5")]
    [InlineData("2<eve@example.com>\0NOTIFY=NEVER\0", "451 4.3.5")]
    [InlineData("e<eve@example.com>\0", "451 4.3.5")]
    [InlineData("e<>\0", "451 4.3.5")]
    [InlineData("+<bob@example.com>\0", "250")]
    [InlineData("-<eve@example.com>\0", "250")]
    [InlineData("ealice@client.test\0", "250")]
    public async Task A_change_of_the_envelope_is_refused_unless_it_changes_nothing(string change, string expected)
    {
        await using var filter = new ScriptedFilter { Script = e => e == "E" ? FilterAction.Say(change, "c") : null };
        await using var rig = await StartAsync(filter);
        Assert.StartsWith(expected, await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Equal(expected == "250" ? 1 : 0, rig.Hop.Messages.Count);
        Assert.Equal(expected == "451 4.3.5" ? 1 : 0, rig.Log.Lines.Count(l => l.Event == 8002));
    }

    [Fact]
    public async Task Filters_are_asked_in_order_up_to_the_first_refusal()
    {
        await using var first = new ScriptedFilter { Script = e => e[0] == 'M' ? FilterAction.Say("r") : null };
        await using var second = new ScriptedFilter();
        await using var rig = await StartAsync(first, second);
        Assert.StartsWith("550", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Contains("M<alice@client.test>|", first.Events);
        Assert.DoesNotContain(second.Events, e => e[0] == 'M');
    }

    [Fact]
    public async Task A_filter_that_accepts_the_client_is_not_asked_again()
    {
        await using var filter = new ScriptedFilter { Script = e => e[0] == 'C' ? FilterAction.Say("a") : null };
        await using var rig = await StartAsync(filter);
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Equal(["C", "K"], filter.Events.Select(e => e[..1]));
    }

    [Fact]
    public async Task Each_message_has_its_own_id_and_a_reset_aborts_it()
    {
        await using var filter = new ScriptedFilter();
        await using var rig = await StartAsync(filter);
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<>", "<250", ">RSET", "<250", ">MAIL FROM:<>", "<250", ">RCPT TO:<bob@example.com>", "<250");
        Assert.Equal(["C", "H", "M", "A", "M", "R"], filter.Events.Select(e => e[..1]));
        var ids = filter.Log.Where(l => l.StartsWith("1 DM", StringComparison.Ordinal)).Select(l => l.Split('|')[1]).ToList();
        Assert.Equal([ids[0], ids[0] + ".2"], ids);
    }

    [Fact]
    public async Task TLS_is_reported_with_the_second_HELO()
    {
        await using var filter = new ScriptedFilter();
        await using var rig = await StartAsync(filter);
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">STARTTLS", "<220");
        await client.StartTlsAsync();
        await client.TalkAsync(">EHLO client.test", "<250", ">MAIL FROM:<>", "<250");
        Assert.Equal(["C", "H", "H", "M"], filter.Events.Select(e => e[..1]));
        var macros = filter.Log.Last(l => l.StartsWith("1 DH", StringComparison.Ordinal));
        Assert.Matches(@"\{tls_version\}\|TLSv1\.3\|\{cipher\}\|TLS_\w+\|\{cipher_bits\}\|(128|256)\|", macros);
    }

    [Fact]
    public async Task Trusted_hosts_may_be_exempt()
    {
        await using var filter = new ScriptedFilter();
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Content = new() { Milters = [filter.Address], ExemptTrusted = true },
            Trust = c.Trust with { Entries = ["127.0.0.9"] },
        });
        Assert.StartsWith("250", await (await rig.ConnectAsync("127.0.0.9")).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Equal(0, filter.Connections);
        Assert.StartsWith("250", await (await rig.ConnectAsync("127.0.0.8")).DeliverAsync(Text), StringComparison.Ordinal);
        Assert.Equal(1, filter.Connections);
    }

    [Fact]
    public async Task A_large_body_comes_in_pieces_of_at_most_65535_octets()
    {
        await using var filter = new ScriptedFilter();
        await using var rig = await StartAsync(filter);
        var body = string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", 2000));
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync("A: b\r\n\r\n" + body[..^2]), StringComparison.Ordinal);
        var pieces = filter.Events.Where(e => e[0] == 'B').Select(e => e[1..]).ToList();
        Assert.Equal([65_535, 65_535, 65_535, 3_395], pieces.Select(p => p.Length));
        Assert.Equal(body, string.Concat(pieces));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no header\r\n")]
    [InlineData("\r\n")]
    [InlineData("A: b\r\n")]
    public async Task A_message_without_header_or_body_is_filtered_like_any_other(string text)
    {
        await using var filter = new ScriptedFilter { Script = e => e == "E" ? FilterAction.Say("hX\0y\0", "c") : null };
        await using var rig = await StartAsync(filter);
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync(text), StringComparison.Ordinal);
        Assert.Contains("\r\nX: y\r\n", await MessageAsync(rig), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_is_kept_for_the_next_session_where_the_filter_allows_it()
    {
        await using var filter = new ScriptedFilter();
        await using var rig = await StartAsync(filter);
        await Eventually.HoldsAsync("a connection that serves two sessions", async () =>
        {
            var client = await rig.ConnectAsync();
            Assert.StartsWith("250", await client.DeliverAsync(Text), StringComparison.Ordinal);
            await client.TalkAsync(">QUIT", "<221");
            return filter.Log.Count(l => l.StartsWith("1 C", StringComparison.Ordinal)) > 1;
        });
        var before = filter.Connections;
        filter.Options = filter.Options with { Version = 5 };
        filter.Kill();
        filter.Restart();
        for (var session = 1; session <= 2; session++)
        {
            var client = await rig.ConnectAsync();
            Assert.StartsWith("250", await client.DeliverAsync(Text), StringComparison.Ordinal);
            await client.TalkAsync(">QUIT", "<221");
            await Eventually.HoldsAsync("the end of the session", () => filter.Events.Count(e => e == "Q") == session);
        }

        Assert.Equal(before + 2, filter.Connections);
    }

    [Fact]
    public async Task A_filter_that_ignores_a_second_negotiation_gets_a_new_connection_for_each_session()
    {
        // Like libmilter, the filter ignores the event and everything after it.
        var quit = false;
        await using var filter = new ScriptedFilter();
        filter.Script = e => e == "O" && filter.Events.Contains("K") && (quit = true) ? new FilterAction([]) : null;
        await using var rig = await StartAsync(filter);
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync(Text), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        await Eventually.HoldsAsync("the negotiation that is ignored", () => quit);
        filter.Script = _ => null;
        await rig.Clock.UntilSetAsync(TimeSpan.FromSeconds(1));
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        for (var session = 2; session <= 3; session++)
        {
            var next = await rig.ConnectAsync();
            Assert.StartsWith("250", await next.DeliverAsync(Text), StringComparison.Ordinal);
            await next.TalkAsync(">QUIT", "<221");
            await Eventually.HoldsAsync("the end of the session", () => filter.Events.Count(e => e == "Q") == session - 1);
        }

        Assert.Equal(3, filter.Connections);
        Assert.Single(filter.Events, "K");
    }

    internal static Task<InboundRig> StartAsync(params ScriptedFilter[] filters) =>
        InboundRig.StartAsync(c => c with { Content = new() { Milters = [.. filters.Select(f => f.Address)] } });

    internal static async Task<string> MessageAsync(InboundRig rig)
    {
        await Eventually.HoldsAsync("a message", () => !rig.Hop.Messages.IsEmpty);
        return Encoding.Latin1.GetString(rig.Hop.Messages.Single().Content);
    }

    private static string Port(RawClient client) => Encoding.Latin1.GetString([(byte)(client.EndPoint.Port >> 8), (byte)client.EndPoint.Port]);
}
