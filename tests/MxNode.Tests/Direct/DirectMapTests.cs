using ThrottleNet.MxNode.Direct;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Direct;

public sealed class DirectMapTests
{
    private const string NotFound = "NOTFOUND ";

    private readonly FakeDns _dns = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_domain_with_a_magic_MX_is_mapped_to_its_real_MXs_in_order_of_preference()
    {
        _dns.Mx("example.com", (20, "backup.example.com"), (0, "b.Throttle-MX.other.example"), (10, "mail.example.com"));
        Assert.Equal("OK smtp:[mail.example.com],[backup.example.com]", await AskAsync("direct example.com"));
        Assert.Equal("OK smtp:[mail.example.com],[backup.example.com]", await AskAsync("direct EXAMPLE.com"));
        Assert.Equal("OK smtp:[mail.example.com],[backup.example.com]", await AskAsync("direct ann+x@Example.com"));
        Assert.Equal("OK smtp:[mail.example.com],[backup.example.com]", await AskAsync("direct \"a@b\"@example.com"));
        Assert.Equal("OK smtp:[mail.example.com]:2525,[backup.example.com]:2525", await AskAsync("direct example.com", new RelayOptions { Port = 2525 }));
    }

    [Fact]
    public async Task Equal_preferences_are_shuffled()
    {
        _dns.Mx("example.com", (0, "throttle-mx.test"), (10, "a.example.com"), (10, "b.example.com"));
        var seen = new HashSet<string>();
        for (var i = 0; i < 200 && seen.Count < 2; i++)
        {
            seen.Add(await AskAsync("direct example.com"));
        }

        Assert.Equal(["OK smtp:[a.example.com],[b.example.com]", "OK smtp:[b.example.com],[a.example.com]"], seen.Order());
    }

    [Fact]
    public async Task A_domain_without_a_magic_MX_or_without_a_real_one_is_not_mapped()
    {
        _dns.Mx("plain.example", (10, "mail.plain.example")).Mx("null.example", (0, "")).Mx("none.example").Mx("only.example", (0, "throttle-mx.test"));
        foreach (var domain in new[] { "plain.example", "null.example", "none.example", "only.example", "unknown.example" })
        {
            Assert.Equal(NotFound, await AskAsync($"direct {domain}"));
        }
    }

    [Fact]
    public async Task A_domain_that_this_host_takes_mail_for_is_not_mapped()
    {
        _dns.Mx("own.example", (0, "throttle-mx.test"), (10, "mail.own.example"), (20, "backup.example"));
        Assert.Equal(NotFound, await AskAsync("direct own.example"));
    }

    [Theory]
    [InlineData("ann@")]
    [InlineData("ann@[192.0.2.1]")]
    [InlineData(".example.com")]
    [InlineData("*")]
    [InlineData("")]
    [InlineData("[192.0.2.1]")]
    [InlineData("example.com example.com")]
    [InlineData("exämple.com")]
    public async Task A_key_that_is_not_a_domain_is_not_found_without_a_DNS_query(string key)
    {
        Assert.Equal(NotFound, await AskAsync($"direct {key}"));
        Assert.Empty(_dns.Questions);
    }

    [Theory]
    [InlineData("direct", "OK smtp:[mail.example.com],[backup.example.com]", "OK smtp:[mail.example.com]:2525,[backup.example.com]:2525")]
    [InlineData("any-name", "OK smtp:[mail.example.com],[backup.example.com]", "OK smtp:[mail.example.com]:2525,[backup.example.com]:2525")]
    [InlineData("mailertable", "OK esmtp:[mail.example.com]:[backup.example.com]", "OK esmtp:[mail.example.com]:[backup.example.com]")]
    [InlineData("Exim", "OK mail.example.com:backup.example.com", "OK mail.example.com::2525:backup.example.com::2525")]
    [InlineData("opensmtpd", "OK smtp://mail.example.com", "OK smtp://mail.example.com:2525")]
    public async Task The_maps_name_selects_the_answers_shape(string map, string answer, string withPort)
    {
        _dns.Mx("example.com", (0, "throttle-mx.test"), (10, "mail.example.com"), (20, "backup.example.com"));
        Assert.Equal(answer, await AskAsync($"{map} example.com"));
        Assert.Equal(withPort, await AskAsync($"{map} example.com", new RelayOptions { Port = 2525 }));
        Assert.Equal(NotFound, await AskAsync($"{map} plain.example"));
    }

    [Fact]
    public async Task A_map_name_without_a_shape_gets_the_configured_one()
    {
        _dns.Mx("example.com", (0, "throttle-mx.test"), (10, "mail.example.com"));
        Assert.Equal("OK esmtp:[mail.example.com]", await AskAsync("direct example.com", shape: "sendmail"));
        Assert.Equal("OK smtp://mail.example.com", await AskAsync("opensmtpd example.com", shape: "sendmail"));
    }

    [Theory]
    [InlineData("direct")]
    [InlineData("")]
    public async Task A_malformed_request_is_a_permanent_error(string request) => Assert.StartsWith("PERM ", await AskAsync(request), StringComparison.Ordinal);

    [Fact]
    public async Task A_DNS_failure_is_a_temporary_error()
    {
        _dns.Fails("example.com", DnsType.Mx);
        Assert.StartsWith("TEMP ", await AskAsync("direct example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_DNS_that_never_ends_is_a_timeout()
    {
        var asked = new DirectMap(new DestinationFinder(new NetworkOptions(), new RelayOptions(), new OwnIdentity("a.test"), new FakeDns { Ready = new TaskCompletionSource().Task }, new ServedDomains(_time)), new DirectOptions(), _time).AnswerAsync("direct example.com", default).AsTask();
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.StartsWith("TIMEOUT ", await asked.WaitAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
    }

    private ValueTask<string> AskAsync(string request, RelayOptions? relay = null, string shape = "postfix") =>
        new DirectMap(new DestinationFinder(new NetworkOptions(), relay ?? new RelayOptions(), new OwnIdentity("mail.own.example"), _dns, new ServedDomains(_time)), new DirectOptions { Shape = shape }, _time).AnswerAsync(request, default);
}
