using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class PeerFinderTests
{
    private readonly FakeDns _zone = new() { Otherwise = DnsStatus.NoData };

    [Fact]
    public async Task Configured_peers_come_in_canonical_form()
    {
        var (addresses, _) = await Finder(new() { Peers = ["B.Example.NET.:8026", "192.0.2.1:1", "[2001:db8::0:1]:2"] }).FindAsync(CancellationToken.None);
        Assert.Equal(["b.example.net:8026", "192.0.2.1:1", "[2001:db8::1]:2"], addresses);
    }

    [Fact]
    public async Task Service_records_give_names_and_ports()
    {
        _zone.Clear().With(new SrvRecord("_throttlenet._tcp.example.net", 20, 0, 0, 8026, "a.example.net"), new SrvRecord("_throttlenet._tcp.example.net", 30, 0, 0, 9, "b.example.net"));
        var finder = Finder(new() { Discover = "_throttlenet._tcp.example.net" });
        var (addresses, again) = await finder.FindAsync(CancellationToken.None);
        Assert.Equal(["a.example.net:8026", "b.example.net:9"], addresses);
        Assert.Equal(TimeSpan.FromSeconds(20), again);
        Assert.Equal(["a.example.net"], finder.NamesOf(new PeerAddress("a.example.net", 8026)));
    }

    [Fact]
    public async Task Addresses_of_a_headless_service_get_the_nodes_own_port_and_may_have_its_name_in_their_certificates()
    {
        _zone.Clear().With(new AddressRecord("nodes.example.net", 1, IPAddress.Parse("192.0.2.1")), new AddressRecord("nodes.example.net", 1, IPAddress.Parse("2001:db8::1")));
        var finder = Finder(new() { Discover = "Nodes.example.net", Listen = new(IPAddress.Any, 8026) });
        var (addresses, again) = await finder.FindAsync(CancellationToken.None);
        Assert.Equal(["192.0.2.1:8026", "[2001:db8::1]:8026"], addresses);
        Assert.Equal(TimeSpan.FromSeconds(5), again);
        Assert.Equal(["192.0.2.1", "nodes.example.net"], finder.NamesOf(new PeerAddress("192.0.2.1", 8026)));

        _zone.Clear().With(new AddressRecord("nodes.example.net", 1, IPAddress.Parse("192.0.2.2")));
        Assert.Equal(["192.0.2.2:8026"], (await finder.FindAsync(CancellationToken.None)).Addresses);
        Assert.Equal(["192.0.2.1"], finder.NamesOf(new PeerAddress("192.0.2.1", 8026)));
    }

    [Theory]
    [InlineData(DnsStatus.Failure)]
    [InlineData(DnsStatus.NameError)]
    [InlineData(DnsStatus.NoData)]
    public async Task Found_peers_are_kept_while_the_DNS_gives_no_answer(object status)
    {
        _zone.Clear().With(new SrvRecord("_throttlenet._tcp.example.net", 20, 0, 0, 8026, "a.example.net"));
        var finder = Finder(new() { Discover = "_throttlenet._tcp.example.net" });
        await finder.FindAsync(CancellationToken.None);
        _zone.Otherwise = (DnsStatus)status;
        _zone.Clear();
        var (kept, again) = await finder.FindAsync(CancellationToken.None);
        Assert.Equal(["a.example.net:8026"], kept);
        Assert.Equal(TimeSpan.FromSeconds(5), again);

        _zone.Clear().With(new SrvRecord("_throttlenet._tcp.example.net", 20, 0, 0, 8026, "b.example.net"));
        Assert.Equal(["b.example.net:8026"], (await finder.FindAsync(CancellationToken.None)).Addresses);
    }

    [Fact]
    public async Task One_failed_query_of_two_changes_no_address_and_one_empty_answer_removes_some()
    {
        var (four, six) = (new AddressRecord("nodes.example.net", 9, IPAddress.Parse("192.0.2.1")), new AddressRecord("nodes.example.net", 9, IPAddress.Parse("2001:db8::1")));
        _zone.Clear().With(four, six);
        var finder = Finder(new() { Discover = "nodes.example.net", Listen = new(IPAddress.Any, 8026) });
        await finder.FindAsync(CancellationToken.None);
        _zone.Otherwise = DnsStatus.Failure;
        _zone.Clear().With(four);
        Assert.Equal(["192.0.2.1:8026", "[2001:db8::1]:8026"], (await finder.FindAsync(CancellationToken.None)).Addresses);
        _zone.Otherwise = DnsStatus.NoData;
        Assert.Equal(["192.0.2.1:8026"], (await finder.FindAsync(CancellationToken.None)).Addresses);
    }

    private PeerFinder Finder(ExchangeOptions options) => new(options, _zone);
}
