using System.Net;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Blocks;
using ThrottleNet.Tests;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Guard;

public sealed class OwnSightingsTests
{
    private static readonly IPAddress Host = IPAddress.Parse("192.0.2.7");

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_attempt_anywhere_in_the_network_is_known_for_a_day(bool elsewhere)
    {
        var ledger = new Ledger(new ThrottleOptions(), _time);
        var sightings = new OwnSightings(ledger, new TrustBook(_time));
        Assert.Equal(default(HostSighting), await sightings.AskAsync(Host, default));

        if (elsewhere)
        {
            ledger.AddFromNetwork(IpBlock.Of(Host), 1, 0, _time.GetUtcNow());
        }
        else
        {
            ledger.AddOwn(IpBlock.Of(Host), 1, ledger.Now);
        }

        _time.Advance(TimeSpan.FromHours(23.9));
        Assert.Equal(new HostSighting(Seen: true, Trusted: false, Node: false), await sightings.AskAsync(Host, default));
        _time.Advance(TimeSpan.FromHours(0.2));
        Assert.Equal(default(HostSighting), await sightings.AskAsync(Host, default));
    }

    [Fact]
    public async Task Whom_the_list_trusts_is_trusted()
    {
        var trust = new TrustBook(_time);
        trust.Replace(TrustIndex.Build([new TrustEntry { Network = new IPNetwork(Host, 32) }]));
        var sightings = new OwnSightings(new Ledger(new ThrottleOptions(), _time), trust);
        Assert.Equal(new HostSighting(Seen: false, Trusted: true, Node: false), await sightings.AskAsync(Host, default));
    }
}
