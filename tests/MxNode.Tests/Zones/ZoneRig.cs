using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.MxNode.Zones;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Zones;

/// <summary>The zones of a node with a fake clock, queried without a network in between.</summary>
internal sealed class ZoneRig
{
    public const string List = "list.test";
    public const string Magic = "throttle-mx.test";
    public const string Sightings = "guard.test";

    private readonly ZoneTable _zones;

    public ZoneRig(params IReadOnlyList<string> nameServers)
    {
        Book = new TrustBook(Clock);
        Book.Confirm();
        var network = new NetworkOptions { Names = [Magic] };
        var servers = new NameServers(new TrustOptions { NameServers = nameServers }, network, new OwnIdentity("A.throttle-mx.test"), Nodes);
        _zones = new ZoneTable([new MagicZone(Magic, servers, Nodes, Clock), new DnswlZone(List, servers, Book, Nodes, Clock), new DnswlZone("list." + Magic, servers, Book, Nodes, Clock), new SightingZone(Sightings, servers, Own(), Clock)], () => IsOverloaded);
    }

    public FakeTimeProvider Clock { get; } = new();

    public bool IsOverloaded { get; set; }

    public TrustBook Book { get; }

    public NodeThrottle Throttle { get; private set; } = null!;

    public LiveNodes Nodes { get; } = new();

    public ZoneRig With(params IEnumerable<TrustEntry> entries)
    {
        Book.Replace(TrustIndex.Build(entries));
        return this;
    }

    public ZoneRig WithNodes(params IEnumerable<string> addresses)
    {
        Nodes.Replace([], addresses.Select(IPAddress.Parse));
        return this;
    }

    /// <summary>Counts attempts of a host.</summary>
    public void Count(string address, int attempts)
    {
        for (var i = 0; i < attempts; i++)
        {
            Throttle.Register(IpBlock.Of(IPAddress.Parse(address)), null, new Mailbox($"r{i}", "example.test"));
        }
    }

    public DnsMessage Ask(string name, DnsType type, ushort @class = DnsQuestion.Internet)
    {
        var query = new DnsMessage { Id = 7, RecursionDesired = true, Questions = [new DnsQuestion(name, type, @class)] };
        var answer = _zones.Answer(query);
        Assert.True(answer.IsResponse);
        Assert.False(answer.RecursionAvailable);
        Assert.Equal(query.Questions.AsEnumerable(), answer.Questions);

        // Each answer fits a DNS message.
        Assert.True(answer.Write(new byte[DnsMessage.MaxLength]) > 0);
        return answer;
    }

    /// <summary>Queries the list for an address.</summary>
    public DnsMessage Ask(IPAddress address, DnsType type = DnsType.A) => Ask($"{ReverseName.Labels(address)}.{List}", type);

    private OwnSightings Own()
    {
        var clock = new CountingClock(Clock);
        var counts = new CountingEngine(CountingLimits.Default, clock.Now);
        Throttle = new NodeThrottle(counts, new TrustedQuota(counts), clock, new MxNode.Throttle.RecentRecipients(Clock));
        return new OwnSightings(Throttle, Book, new TrustedBlocks(Book), new NetworkView(nodes: Nodes), new StrangerTable(Clock));
    }

    public static TrustEntry Entry(string network) => new() { Network = IPNetwork.Parse(network), Kind = TrustKind.Site, Organisation = "Exämple" };

    /// <summary>Asserts an answer without records: NoError for a name without such records, NameError for no such name. The zone's SOA gives the TTL.</summary>
    public static void AssertNothing(DnsMessage answer, string zone, DnsResponseCode code = DnsResponseCode.NoError)
    {
        Assert.Equal(code, answer.ResponseCode);
        Assert.True(answer.IsAuthoritative);
        Assert.Empty(answer.Answers);
        var soa = Assert.IsType<SoaRecord>(Assert.Single(answer.Authorities));
        Assert.Equal(zone, soa.Name);
        Assert.Equal((Zone.LongestTtl, Zone.LongestTtl), (soa.Ttl, soa.Minimum));
    }

    public static T AssertOne<T>(DnsMessage answer)
        where T : DnsRecord
    {
        Assert.Equal(DnsResponseCode.NoError, answer.ResponseCode);
        Assert.True(answer.IsAuthoritative);
        Assert.Empty(answer.Authorities);
        var record = Assert.IsType<T>(Assert.Single(answer.Answers));
        Assert.Equal(answer.Questions[0].Name, record.Name);
        return record;
    }
}
