using System.Buffers;
using System.Net;
using System.Text;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Postfix;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Guard;

public sealed class GuardJudgeTests
{
    private const string Stranger = "192.0.2.7";

    private readonly FakeTimeProvider _time = new();
    private readonly FakeSightings _network = new();
    private readonly TrustBook _trust;
    private readonly GuardJudge _judge;

    public GuardJudgeTests()
    {
        _trust = new TrustBook(_time);
        _trust.Replace(TrustIndex.Build([new TrustEntry { Network = IPNetwork.Parse("198.51.100.0/24") }]));
        _judge = new GuardJudge(_trust, _network, new CourtesyBook(3, TimeSpan.Zero, _time), Own([new(IPAddress.Parse("203.0.113.8"), 25)], "203.0.113.8", "203.0.113.9"));
    }

    [Fact]
    public async Task A_trusted_host_passes_whether_the_guard_or_a_relay_knows_it()
    {
        _network.Known[IPAddress.Parse(Stranger)] = new HostSighting(Seen: true, Trusted: true, Relay: false);
        Assert.Equal(GuardReason.Trusted, await JudgeAsync("198.51.100.9"));
        Assert.Equal(0, _network.Asked);
        Assert.Equal(GuardReason.Trusted, await JudgeAsync(Stranger));
    }

    [Fact]
    public async Task A_relay_of_the_network_passes()
    {
        _network.Known[IPAddress.Parse(Stranger)] = new HostSighting(Seen: false, Trusted: false, Relay: true);
        Assert.Equal(GuardReason.Relay, await JudgeAsync(Stranger));
    }

    [Fact]
    public async Task A_user_of_the_destination_itself_passes_from_anywhere()
    {
        _network.IsReachable = false;
        Assert.Equal(GuardReason.Authenticated, await JudgeAsync(Stranger, more: "sasl_username=ann\n"));
        Assert.Equal(GuardReason.Authenticated, await JudgeAsync("unknown", more: "sasl_username=ann\n"));
        Assert.Equal(GuardReason.Unsure, await JudgeAsync(Stranger, more: "sasl_username=\n"));
    }

    [Theory]
    [InlineData(Stranger)]
    [InlineData("2001:db8:7::7")]
    public async Task A_stranger_has_three_courtesies_and_no_more(string stranger)
    {
        GuardReason[] reasons = [await JudgeAsync(stranger, "a"), await JudgeAsync(stranger, "a"), await JudgeAsync(stranger, "b"), await JudgeAsync(stranger, "c"), await JudgeAsync(stranger, "d")];
        Assert.Equal([GuardReason.Courtesy, GuardReason.Courtesy, GuardReason.Courtesy, GuardReason.Courtesy, GuardReason.Exhausted], reasons);
    }

    [Fact]
    public async Task A_host_that_the_network_has_seen_is_deferred_and_its_courtesies_are_restored()
    {
        await JudgeAsync(Stranger, "a");
        _network.Known[IPAddress.Parse(Stranger)] = new HostSighting(Seen: true, Trusted: false, Relay: false);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(i => JudgeAsync(Stranger, $"{i}"))), r => Assert.Equal(GuardReason.Seen, r));
        _network.Known.Clear();
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 3).Select(i => JudgeAsync(Stranger, $"{i}"))), r => Assert.Equal(GuardReason.Courtesy, r));
    }

    [Fact]
    public async Task When_no_relay_answers_a_stranger_is_deferred_and_not_counted()
    {
        _network.IsReachable = false;
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(i => JudgeAsync(Stranger, $"{i}"))), r => Assert.Equal(GuardReason.Unsure, r));
        _network.IsReachable = true;
        Assert.Equal(GuardReason.Courtesy, await JudgeAsync(Stranger, "x"));
    }

    [Fact]
    public async Task Mail_from_a_relay_passes_whatever_client_the_relay_names()
    {
        _network.Known[IPAddress.Parse("203.0.113.1")] = new HostSighting(Seen: false, Trusted: false, Relay: true);
        _network.Known[IPAddress.Parse("127.0.0.1")] = new HostSighting(Seen: false, Trusted: false, Relay: true);
        _network.Known[IPAddress.Parse(Stranger)] = new HostSighting(Seen: true, Trusted: false, Relay: false);
        Assert.Equal(GuardReason.Relay, await JudgeAsync(Stranger, more: "server_address=203.0.113.1\nserver_port=25\n"));
        Assert.Equal(GuardReason.Seen, await JudgeAsync(Stranger, more: "server_address=203.0.113.1\nserver_port=2525\n"));
        Assert.Equal(GuardReason.Seen, await JudgeAsync(Stranger, more: "server_address=127.0.0.1\nserver_port=25\n"));
        Assert.Equal(GuardReason.Seen, await JudgeAsync(Stranger, more: "server_address=203.0.113.2\nserver_port=25\n"));
        Assert.Equal(GuardReason.Seen, await JudgeAsync(Stranger, more: "server_address=198.51.100.9\nserver_port=25\n")); // trusted, but not a relay
    }

    [Theory]
    [InlineData("")]
    [InlineData("unknown")]
    [InlineData("192.0.2")]
    [InlineData("192.0.2.0/24")]
    [InlineData("fe80::1%eth0")]
    [InlineData("192.0.2.7 ")]
    public async Task A_request_without_a_valid_address_is_deferred(string address) => Assert.Equal(GuardReason.Unsure, await JudgeAsync(address));

    [Fact]
    public async Task A_request_of_another_protocol_is_deferred()
    {
        Assert.Equal(GuardReason.Unsure, (await _judge.JudgeAsync(GuardQuestion.From(null), default)).Reason);
        Assert.Equal(GuardReason.Unsure, (await _judge.JudgeAsync(GuardQuestion.From(Request($"client_address={Stranger}\n")), default)).Reason);
        Assert.Equal(GuardReason.Unsure, (await _judge.JudgeAsync(GuardQuestion.From(Request($"request=other\nclient_address={Stranger}\n")), default)).Reason);
    }

    [Fact]
    public async Task Without_an_instance_a_stranger_is_deferred_and_not_counted() =>
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => JudgeAsync(Stranger, ""))), r => Assert.Equal(GuardReason.Courtesy, r));

    [Fact]
    public async Task Loopback_is_judged_like_any_address_and_a_mapped_address_like_its_IPv4_address()
    {
        Assert.Equal(GuardReason.Courtesy, await JudgeAsync("127.0.0.1"));
        Assert.Equal(GuardReason.Trusted, await JudgeAsync("::ffff:198.51.100.9"));
    }

    [Theory]
    [InlineData(GuardReason.Authenticated, "DUNNO")]
    [InlineData(GuardReason.Trusted, "DUNNO")]
    [InlineData(GuardReason.Relay, "DUNNO")]
    [InlineData(GuardReason.Seen, "DEFER 4.7.1 ")]
    [InlineData(GuardReason.Courtesy, "DEFER 4.7.1 This domain takes mail from unknown hosts through throttle-mx.test only")]
    [InlineData(GuardReason.Exhausted, "421 4.7.1 ")]
    [InlineData(GuardReason.Unsure, "DEFER 4.3.0 ")]
    public void Each_reason_has_the_action_that_Postfix_understands(object reason, string action)
    {
        var decision = new GuardDecision((GuardReason)reason, IPAddress.Parse(Stranger));
        Assert.StartsWith(action, Replies().ForPostfix(decision), StringComparison.Ordinal);
        var refusing = Replies(new GuardOptions { Refuse = true }).ForPostfix(decision);
        Assert.Equal((GuardReason)reason == GuardReason.Exhausted, refusing.StartsWith("554 5.7.1 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, "takes the next one now,")]
    [InlineData(5, "takes the next one in 1 minute,")]
    [InlineData(61, "takes the next one in 2 minutes,")]
    public void The_text_names_network_address_minutes_id_and_help_and_no_recipient(int seconds, string when)
    {
        var decision = new GuardDecision(GuardReason.Seen, IPAddress.Parse("2001:db8::1"), PassesIn: TimeSpan.FromSeconds(seconds), Mail: "1a.2b\r\n%{x}");
        var text = Replies(help: "https://help.example/?h={address}&i={id}").ForPostfix(decision);
        Assert.Contains("throttle-mx.test limits how much mail 2001:db8::1 sends", text, StringComparison.Ordinal);
        Assert.Contains(when, text, StringComparison.Ordinal);
        Assert.EndsWith(" (id 1a.2bx), see https://help.example/?h=2001%3Adb8%3A%3A1&i=1a.2bx", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ecipient", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_text_fits_a_reply_line_with_what_Postfix_puts_in_front()
    {
        var longest = new GuardDecision(GuardReason.Exhausted, IPAddress.Parse("2001:db8:1111:2222:3333:4444:5555:6666"), Mail: new string('9', 500));
        var text = Replies(network: new NetworkOptions { Names = [string.Join('.', Enumerable.Repeat(new string('m', 20), 2))] }, help: "https://h.example/{address}/{id}".PadRight(HelpLink.MaxUrl, 'x')).ForPostfix(longest);
        Assert.Contains(", see https://h.example/", text, StringComparison.Ordinal);
        Assert.True($"421 4.7.1 <unknown[2001:db8:1111:2222:3333:4444:5555:6666]>: Client host rejected: {text}".Length < 510, text);
    }

    [Theory]
    [InlineData("203.0.113.9")]
    [InlineData("::ffff:203.0.113.9")]
    public async Task When_the_mail_server_shares_a_nodes_address_its_clients_are_not_relays(string server)
    {
        _network.Known[IPAddress.Parse("203.0.113.9")] = new HostSighting(Seen: false, Trusted: false, Relay: true);
        _trust.Replace(TrustIndex.Build([new TrustEntry { Network = IPNetwork.Parse("203.0.113.9/32"), Kind = TrustKind.Relay }]));
        Assert.Equal(GuardReason.Courtesy, await JudgeAsync(Stranger, more: $"server_address={server}\nserver_port=25\n"));
    }

    [Fact]
    public async Task When_the_node_itself_takes_mail_on_the_machine_its_address_is_a_relays() =>
        Assert.Equal(GuardReason.Relay, await JudgeAsync(Stranger, more: "server_address=203.0.113.8\nserver_port=25\n"));

    [Fact]
    public async Task The_machines_own_address_is_not_a_relay_and_is_not_dropped()
    {
        _network.Known[IPAddress.Parse("203.0.113.9")] = new HostSighting(Seen: false, Trusted: false, Relay: true);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(GuardReason.Courtesy, await JudgeAsync("203.0.113.9", $"{i}"));
        }

        Assert.Equal(new GuardDecision(GuardReason.Exhausted, IPAddress.Parse("203.0.113.9"), IsSpared: true, Mail: "x"), await DecideAsync("203.0.113.9", "x"));
    }

    [Fact]
    public async Task A_host_whose_block_holds_a_trusted_host_gets_421_and_is_not_dropped()
    {
        var (bad, worse) = (IPAddress.Parse("2001:db8::bad"), IPAddress.Parse("2001:db8:1::bad"));
        _network.Known[bad] = new HostSighting(Seen: false, Trusted: false, Relay: false, InTrustedBlock: true);
        var table = new DropTable(new GuardOptions(), new TrustedBlocks(_trust), _time);
        var courtesies = new CourtesyBook(3, TimeSpan.Zero, _time);
        var tally = new GuardTally(courtesies, NodeDrops.Of(_time, table, courtesies));
        foreach (var address in new[] { bad, worse })
        {
            GuardDecision decision = default;
            for (var i = 0; i < 4; i++)
            {
                decision = await DecideAsync($"{address}", $"{i}");
                tally.Count(decision);
            }

            Assert.Equal(GuardReason.Exhausted, decision.Reason);
        }

        Assert.Equal([worse], table.Hosts().Select(h => h.Address));
    }

    [Fact]
    public async Task A_signed_entry_of_a_list_that_is_not_current_neither_passes_nor_counts()
    {
        _trust.Replace(TrustIndex.Build(
        [
            new TrustEntry { Network = IPNetwork.Parse("192.0.2.7/32"), Author = "root" },
            new TrustEntry { Network = IPNetwork.Parse("203.0.113.5/32"), Author = "root", Kind = TrustKind.Relay },
            new TrustEntry { Network = IPNetwork.Parse("198.51.100.9/32") },
        ]));
        Assert.Equal(GuardReason.Unsure, await JudgeAsync(Stranger));
        Assert.Equal(GuardReason.Unsure, await JudgeAsync("192.0.2.8", more: "server_address=203.0.113.5\nserver_port=25\n"));
        Assert.Equal(GuardReason.Trusted, await JudgeAsync("198.51.100.9"));
        _trust.Confirm();
        Assert.Equal(GuardReason.Trusted, await JudgeAsync(Stranger));
        Assert.Equal(GuardReason.Relay, await JudgeAsync("192.0.2.8", more: "server_address=203.0.113.5\nserver_port=25\n"));
        _time.Advance(TrustBook.MaxAge + TimeSpan.FromSeconds(1));
        Assert.Equal(GuardReason.Unsure, await JudgeAsync(Stranger));
    }

    [Fact]
    public void The_machines_addresses_are_read_again_after_a_second()
    {
        List<IPAddress> interfaces = [.. OwnAddresses.OfInterfaces()];
        var own = new OwnAddresses(() => interfaces, [], _time);
        Assert.True(own.Holds(IPAddress.Loopback));
        var moved = IPAddress.Parse("fe80::1%3");
        Assert.False(own.Holds(IPAddress.Parse("fe80::1")));
        interfaces.Add(moved);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(own.Holds(IPAddress.Parse("fe80::1")));
    }

    private static GuardReplies Replies(GuardOptions? options = null, NetworkOptions? network = null, string? help = null) =>
        new(options ?? new GuardOptions(), network ?? new NetworkOptions(), new HelpLink(help));

    private OwnAddresses Own(IPEndPoint[] mail, params string[] addresses) => new(() => addresses.Select(IPAddress.Parse), mail, _time);

    private async Task<GuardReason> JudgeAsync(string address, string instance = "1", string more = "") =>
        (await DecideAsync(address, instance, more)).Reason;

    private ValueTask<GuardDecision> DecideAsync(string address, string instance, string more = "") =>
        _judge.JudgeAsync(GuardQuestion.From(Request($"request=smtpd_access_policy\nclient_address={address}\ninstance={instance}\n{more}")), default);

    private static PolicyRequest Request(string lines)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(lines + "\n"));
        Assert.Equal(PolicyStatus.Request, PolicyRequest.TryRead(ref buffer, out var request));
        return request!;
    }
}
