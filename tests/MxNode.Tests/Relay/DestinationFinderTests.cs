using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Tests.TlsPolicy;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class DestinationFinderTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeDns _dns = new();
    private readonly ServedDomains _served;
    private readonly NetworkOptions _network = new() { MagicLabel = "throttle-mx", Names = ["throttle-mx.relays.test", "second.test"] };

    public DestinationFinderTests() => _served = new ServedDomains(_time);

    private DestinationFinder Finder(RelayOptions? relay = null) =>
        new(_network, relay ?? new RelayOptions(), new OwnIdentity("a.node.test"), _dns, _served);

    private async Task<DestinationAnswer> Find(string domain, RelayOptions? relay = null) =>
        await Finder(relay).FindAsync(domain, default);

    private static string[] Names(DestinationAnswer answer) => [.. answer.Destination!.Hosts.Select(host => host.Name)];

    [Fact]
    public async Task A_domain_whose_MX_names_us_is_subscribed_and_its_real_MX_are_the_next_hops_by_preference()
    {
        _dns.Mx("example.com", (20, "backup.example.com"), (0, "throttle-mx.relays.test"), (10, "mail.example.com"));

        var answer = await Find("example.com");

        Assert.Equal(DestinationStatus.Subscribed, answer.Status);
        Assert.Equal(["mail.example.com", "backup.example.com"], Names(answer));
        Assert.All(answer.Destination!.Hosts, host => Assert.Equal(25, host.Port));
    }

    [Theory]
    [InlineData("throttle-mx.relays.test", true)]
    [InlineData("a.throttle-mx.relays.test", true)]
    [InlineData("THROTTLE-MX.relays.test", true)]
    [InlineData("deep.second.test", true)]
    [InlineData("xthrottle-mx.relays.test", false)]
    [InlineData("notsecond.test", false)]
    [InlineData("relays.test", false)]
    [InlineData("throttle-mx.relays.test.evil.example", false)]
    public async Task A_name_is_ours_only_at_a_label_boundary(string exchange, bool ours)
    {
        _dns.Mx("example.com", (0, exchange), (10, "mail.example.com"));

        var answer = await Find("example.com");

        Assert.Equal(ours ? DestinationStatus.Subscribed : DestinationStatus.NotSubscribed, answer.Status);
    }

    [Fact]
    public async Task A_look_at_a_domain_fetches_no_policy_and_a_preparation_does()
    {
        using var policies = new PolicyServer();
        policies.Dns.With(new TxtRecord("_mta-sts.example.com", 60, "v=STSv1; id=1"));
        _dns.Mx("example.com", (0, "throttle-mx.relays.test"), (10, "mail.example.com"));
        var demands = new TlsDemands(new DaneLookup(policies.Dns, new DnsOptions(), policies.Clock), policies.Lookup);
        var finder = new DestinationFinder(_network, new RelayOptions(), new OwnIdentity("a.node.test"), _dns, _served, demands);
        Assert.Equal(DestinationStatus.Subscribed, (await finder.FindAsync("example.com", default)).Status);
        Assert.Empty(policies.Dns.Questions);
        finder.PreparePolicy("example.com");
        await Eventually.HoldsAsync("the fetch", () => policies.Asked.Count == 1);
    }

    [Fact]
    public async Task Magic_names_of_any_network_our_names_and_our_host_are_never_next_hops()
    {
        _dns.Mx(
            "example.com",
            (0, "throttle-mx.relays.test"),
            (1, "throttle-mx.other.example"),
            (2, "b.Throttle-MX.third.example"),
            (3, "second.test"),
            (4, "a.node.test"),
            (5, "xthrottle-mx.example.com"));

        Assert.Equal(["xthrottle-mx.example.com"], Names(await Find("example.com")));
    }

    [Fact]
    public async Task A_domain_that_subscribes_after_a_cached_refusal_is_served_at_once()
    {
        _dns.Mx("example.com", (10, "mail.example.com")).FreshMx("example.com", (0, "throttle-mx.relays.test"), (10, "mail.example.com"));

        Assert.Equal(["mail.example.com"], Names(await Find("example.com")));
    }

    [Theory]
    [InlineData("mail.example.com")]
    [InlineData("")]
    public async Task A_permanent_refusal_is_never_based_on_the_cache(string cachedExchange)
    {
        _dns.Mx("example.com", (0, cachedExchange)).FreshMxFails("example.com");

        Assert.Equal(DestinationStatus.DnsFailure, (await Find("example.com")).Status);
    }

    [Fact]
    public async Task A_domain_that_unsubscribed_is_deferred_for_some_days_and_then_refused()
    {
        _dns.Mx("example.com", (0, "throttle-mx.relays.test"), (10, "mail.example.com"));
        Assert.Equal(DestinationStatus.Subscribed, (await Find("example.com")).Status);
        _dns.Mx("example.com", (10, "mail.example.com"));

        _time.Advance(ServedDomains.Life - TimeSpan.FromSeconds(1));
        Assert.Equal(DestinationStatus.NoLongerSubscribed, (await Find("example.com")).Status);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(DestinationStatus.NotSubscribed, (await Find("example.com")).Status);
    }

    [Fact]
    public void The_domain_served_longest_ago_is_forgotten_first_and_the_memory_is_bounded()
    {
        foreach (var i in Enumerable.Range(0, ServedDomains.Capacity - 1))
        {
            _served.Note($"d{i}.example");
        }

        foreach (var domain in new[] { "e0.example", "d0.example", "e1.example", "e2.example" })
        {
            _served.Note(domain);
        }

        Assert.Equal([true, false, false, true], new[] { "d0.example", "d1.example", "d2.example", "d3.example" }.Select(_served.Contains));
        Assert.True(_served.Contains("e2.example"));
    }

    [Theory]
    [InlineData("throttle-mx.relays.test", DestinationStatus.AliasedMagicMx)]
    [InlineData("a.second.test", DestinationStatus.AliasedMagicMx)]
    [InlineData("throttle-mx.other.example", DestinationStatus.NotSubscribed)]
    public async Task An_MX_that_is_an_alias_of_our_name_has_its_own_status(string target, object status)
    {
        _dns.Mx("example.com", (0, "mx.example.com"), (10, "mail.example.com")).With(new CnameRecord("mx.example.com", 60, target));

        var answer = await Find("example.com");

        Assert.Equal(status, answer.Status);
        Assert.Equal((DestinationStatus)status == DestinationStatus.AliasedMagicMx ? "mx.example.com" : null, answer.Alias);
    }

    [Fact]
    public async Task A_domain_that_names_only_magic_MX_has_no_real_one()
    {
        _dns.Mx("example.com", (0, "throttle-mx.relays.test"), (10, "throttle-mx.other.example"), (20, ""));

        Assert.Equal(DestinationStatus.NoRealMx, (await Find("example.com")).Status);
    }

    [Fact]
    public async Task A_domain_whose_MX_do_not_name_us_is_not_subscribed()
    {
        _dns.Mx("example.com", (0, "throttle-mx.other.example"), (10, "mail.example.com")).Mx("empty.example");

        Assert.Equal(DestinationStatus.NotSubscribed, (await Find("example.com")).Status);
        Assert.Equal(DestinationStatus.NotSubscribed, (await Find("empty.example")).Status);
        Assert.Equal(DestinationStatus.NotSubscribed, (await Find("no.such.example")).Status);
    }

    [Theory]
    [InlineData("[192.0.2.1]")]
    [InlineData("[IPv6:2001:db8::1]")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    public async Task A_malformed_domain_is_not_subscribed_and_causes_no_query(string domain)
    {
        Assert.Equal(DestinationStatus.NotSubscribed, (await Find(domain)).Status);
        Assert.Empty(_dns.Questions);
    }

    [Fact]
    public async Task A_null_MX_takes_no_mail()
    {
        _dns.Mx("example.com", (0, ""));

        Assert.Equal(DestinationStatus.NullMx, (await Find("example.com")).Status);
    }

    [Fact]
    public async Task A_DNS_failure_has_its_own_status()
    {
        _dns.Fails("example.com", DnsType.Mx);

        Assert.Equal(DestinationStatus.DnsFailure, (await Find("example.com")).Status);
    }

    [Fact]
    public async Task Equal_preferences_are_shuffled_and_the_key_stays()
    {
        _dns.Mx("example.com", (0, "throttle-mx.relays.test"), (5, "first.test"), (10, "a.test"), (10, "b.test"), (10, "c.test"), (20, "last.test"));

        var finder = Finder();
        var orders = new HashSet<string>();
        var keys = new HashSet<string>();
        for (var i = 0; i < 500; i++)
        {
            var answer = await finder.FindAsync("example.com", default);
            var names = Names(answer);
            Assert.Equal("first.test", names[0]);
            Assert.Equal("last.test", names[^1]);
            orders.Add(string.Join(' ', names));
            keys.Add(answer.Destination!.Key);
        }

        // In one of 10^39 runs one of the six orders does not occur.
        Assert.Equal(6, orders.Count);
        Assert.Single(keys);
    }

    [Fact]
    public async Task The_key_is_equal_exactly_when_the_next_hops_are()
    {
        _dns.Mx("one.test", (0, "second.test"), (10, "a.test"), (10, "b.test"), (20, "c.test"));
        _dns.Mx("two.test", (1, "second.test"), (2, "b.test"), (2, "a.test"), (3, "c.test"));
        _dns.Mx("three.test", (1, "second.test"), (2, "b.test"), (3, "a.test"), (4, "c.test"));

        var one = (await Find("one.test")).Destination!.Key;
        var two = (await Find("two.test")).Destination!.Key;
        var three = (await Find("three.test")).Destination!.Key;

        Assert.Equal(one, two);
        Assert.NotEqual(one, three);
    }

    [Fact]
    public async Task A_route_subscribes_its_domain_without_DNS()
    {
        var relay = new RelayOptions { Routes = new Dictionary<string, string> { ["bench.test"] = "127.0.0.1:4025" } };

        var answer = await Find("bench.test", relay);

        Assert.Equal(DestinationStatus.Subscribed, answer.Status);
        Assert.Equal(new MxHost("127.0.0.1", 4025, IsRoute: true), Assert.Single(answer.Destination!.Hosts));
        Assert.Empty(_dns.Questions);
        Assert.Equal(DestinationStatus.NotSubscribed, (await Find("sub.bench.test", relay)).Status);
    }

    [Fact]
    public async Task Of_thousands_of_MX_only_a_few_are_used()
    {
        _dns.Mx(
            "example.com",
            [(0, "second.test"), .. Enumerable.Range(1, 3000).Select(i => ((ushort)(i % 50), $"mx{i}.example.com"))]);

        var answer = await Find("example.com");

        Assert.Equal(16, answer.Destination!.Hosts.Length);
    }

    [Theory]
    [InlineData("mail.example.com:25", "mail.example.com", 25)]
    [InlineData("Mail.Example.COM:2525", "mail.example.com", 2525)]
    [InlineData("192.0.2.1:25", "192.0.2.1", 25)]
    [InlineData("[2001:db8::1]:25", "2001:db8::1", 25)]
    public void A_route_is_a_host_and_a_port(string text, string name, int port)
    {
        Assert.True(MxHost.TryParse(text, out var host));
        Assert.Equal(new MxHost(name, port, IsRoute: true), host);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mail.example.com")]
    [InlineData(":25")]
    [InlineData("mail.example.com:0")]
    [InlineData("mail.example.com:65536")]
    [InlineData("mail..example.com:25")]
    [InlineData("2001:db8::1:25")]
    [InlineData("[mail]:25")]
    [InlineData("mail example:25")]
    public void A_malformed_route_is_rejected(string text) => Assert.False(MxHost.TryParse(text, out _));
}
