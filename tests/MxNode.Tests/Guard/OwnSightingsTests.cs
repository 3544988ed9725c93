using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Guard;

public sealed class OwnSightingsTests
{
    private static readonly IPAddress Host = IPAddress.Parse("192.0.2.7");

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_attempt_anywhere_in_the_network_is_a_sighting_for_a_day(bool elsewhere)
    {
        var (counts, clock) = Counts();
        var trust = new TrustBook(_time);
        var sightings = new OwnSightings(NewThrottle(counts, clock), trust, new TrustedBlocks(trust), new NetworkView(), new StrangerTable(_time));
        Assert.Equal(default(HostSighting), await sightings.AskAsync(Host, default));

        if (elsewhere)
        {
            counts.Apply("other", BatchCounts.Of([new CountEntry(IpBlock.Of(Host).Key, 4)], []), clock.Now, clock.Now);
        }
        else
        {
            counts.Register(IpBlock.Of(Host), 1, toPostmaster: false, clock.Now);
        }

        _time.Advance(TimeSpan.FromHours(23.9));
        Assert.Equal(new HostSighting(Seen: true, Trusted: false, Relay: false), await sightings.AskAsync(Host, default));
        _time.Advance(TimeSpan.FromHours(0.2));
        Assert.Equal(default(HostSighting), await sightings.AskAsync(Host, default));
    }

    [Fact]
    public async Task A_listed_host_is_a_trusted_sighting()
    {
        var trust = new TrustBook(_time);
        trust.Replace(TrustIndex.Build([new TrustEntry { Network = new IPNetwork(Host, 32) }]));
        var sightings = Sightings(trust);
        Assert.Equal(new HostSighting(Seen: false, Trusted: true, Relay: false), await sightings.AskAsync(Host, default));
    }

    [Fact]
    public async Task A_host_in_the_block_of_a_trusted_host_or_a_node_is_reported_as_such()
    {
        var trust = new TrustBook(_time);
        trust.Replace(TrustIndex.Build([new TrustEntry { Network = IPNetwork.Parse("2001:db8:1::1/128") }, new TrustEntry { Network = IPNetwork.Parse("192.0.2.8/32") }]));
        var nodes = new LiveNodes();
        nodes.Replace([], IPAddress.Parse("2001:db8:2::1"));
        nodes.Remember([(IPAddress.Parse("2001:db8:3::1"), _time.GetUtcNow().AddDays(1))], _time.GetUtcNow());
        var sightings = Sightings(trust, nodes);
        foreach (var (address, near) in new[] { ("2001:db8:1::bad", true), ("2001:db8:2::bad", true), ("2001:db8:3::bad", true), ("2001:db8:4::bad", false), ("192.0.2.9", false) })
        {
            Assert.Equal(new HostSighting(Seen: false, Trusted: false, Relay: false, near), await sightings.AskAsync(IPAddress.Parse(address), default));
        }
    }

    [Fact]
    public async Task A_node_that_left_is_known_until_its_certificate_expires()
    {
        var (nodes, until) = (new LiveNodes(), _time.GetUtcNow().AddDays(1));
        nodes.Replace([new([Host], [])]);
        nodes.Remember([(Host.MapToIPv6(), until), (Host, until.AddHours(-1))], _time.GetUtcNow());
        nodes.Replace([]);
        var sightings = Sightings(new TrustBook(_time), nodes);
        Assert.Equal(new HostSighting(Seen: false, Trusted: false, Relay: true), await sightings.AskAsync(Host, default));
        nodes.Remember([], until.AddSeconds(-1));
        Assert.True(nodes.Knows(Host));
        nodes.Remember([], until);
        Assert.Equal(default(HostSighting), await sightings.AskAsync(Host, default));
    }

    [Fact]
    public async Task The_address_that_a_relays_link_comes_from_is_a_relays_while_the_link_stands_and_is_in_no_DNS_answer()
    {
        var nodes = new LiveNodes();
        nodes.ReplaceSources([Host.MapToIPv6(), IPAddress.Parse("2001:db8:2::1"), IPAddress.Loopback, IPAddress.IPv6Loopback], _time.GetUtcNow());
        var sightings = Sightings(new TrustBook(_time), nodes);
        Assert.Equal(new HostSighting(Seen: false, Trusted: false, Relay: true), await sightings.AskAsync(Host, default));
        Assert.Equal(new HostSighting(Seen: false, Trusted: false, Relay: false, InTrustedBlock: true), await sightings.AskAsync(IPAddress.Parse("2001:db8:2::bad"), default));
        Assert.Equal(default(HostSighting), await sightings.AskAsync(IPAddress.Loopback, default));
        Assert.Empty(nodes.Addresses);

        // After its end the address is not a relay's, but is not dropped for a day: the link may only be broken.
        nodes.ReplaceSources([], _time.GetUtcNow());
        Assert.Equal(new HostSighting(Seen: false, Trusted: false, Relay: false, InTrustedBlock: true), await sightings.AskAsync(Host, default));
        nodes.ReplaceSources([], _time.GetUtcNow().AddDays(1));
        Assert.Equal(default(HostSighting), await sightings.AskAsync(Host, default));
    }

    [Fact]
    public void The_memory_of_nodes_is_bounded()
    {
        var (nodes, now) = (new LiveNodes(), _time.GetUtcNow());
        nodes.Remember(Enumerable.Range(0, LiveNodes.MostRemembered).Select(i => (new IPAddress([10, 0, (byte)(i >> 8), (byte)i]), now.AddDays(1))), now);
        nodes.Remember([(Host, now.AddDays(2))], now);
        Assert.False(nodes.Knows(Host));
        nodes.Remember([(Host, now.AddDays(2))], now.AddDays(1));
        Assert.True(nodes.Knows(Host));
    }

    [Fact]
    public async Task A_signed_entry_of_a_list_that_is_not_current_gives_no_sighting()
    {
        var trust = new TrustBook(_time);
        trust.Replace(TrustIndex.Build([new TrustEntry { Network = new IPNetwork(Host, 32), Author = "root" }]));
        var sightings = Sightings(trust);
        Assert.Null(await sightings.AskAsync(Host, default));
        trust.Confirm();
        Assert.Equal(new HostSighting(Seen: false, Trusted: true, Relay: false), await sightings.AskAsync(Host, default));
    }

    [Fact]
    public async Task A_host_over_its_limit_is_said_to_pass_in_some_minutes()
    {
        var (counts, clock) = Counts();
        var trust = new TrustBook(_time);
        var sightings = new OwnSightings(NewThrottle(counts, clock), trust, new TrustedBlocks(trust), new NetworkView(), new StrangerTable(_time));
        counts.Register(IpBlock.Of(Host), 1, toPostmaster: false, clock.Now);
        Assert.Equal(TimeSpan.Zero, (await sightings.AskAsync(Host, default))!.Value.PassesIn);
        for (var envelope = 2ul; envelope < 500; envelope++)
        {
            counts.Register(IpBlock.Of(Host), envelope, toPostmaster: false, clock.Now);
        }

        Assert.InRange((await sightings.AskAsync(Host, default))!.Value.PassesIn, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7));
    }

    private OwnSightings Sightings(TrustBook trust, LiveNodes? nodes = null)
    {
        var (counts, clock) = Counts();
        return new(NewThrottle(counts, clock), trust, new TrustedBlocks(trust), new NetworkView(nodes: nodes), new StrangerTable(_time));
    }

    private static NodeThrottle NewThrottle(CountingEngine counts, CountingClock clock) => new(counts, new TrustedQuota(counts), clock, new RecentRecipients(TimeProvider.System));

    private (CountingEngine Counts, CountingClock Clock) Counts()
    {
        var clock = new CountingClock(_time);
        return (new CountingEngine(CountingLimits.Default, clock.Now), clock);
    }
}
