using System.Net;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Guard;

public sealed class DropReleaseTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeSightings _network = new();
    private readonly TrustBook _trust;
    private readonly DropTable _table;
    private readonly CourtesyBook _courtesies;
    private readonly CapturedLog _log = new();
    private readonly LoggerFactory _logging;
    private readonly DropRelease _release;

    public DropReleaseTests()
    {
        _logging = new LoggerFactory([_log]);
        _trust = new TrustBook(_time);
        _table = new DropTable(new GuardOptions(), new TrustedBlocks(_trust), _time);
        _courtesies = new CourtesyBook(1, TimeSpan.Zero, _time);
        _release = new DropRelease(_table, NodeDrops.Of(_time, _table, _courtesies), _network, new GuardLog(_logging.CreateLogger<GuardLog>()), new NodeHealth(_time, _logging.CreateLogger<NodeHealth>()));
    }

    public void Dispose()
    {
        _release.Dispose();
        _logging.Dispose();
    }

    [Fact]
    public async Task The_release_checks_every_few_seconds_and_goes_on_after_a_failure()
    {
        _table.Add(IPAddress.Parse("192.0.2.1"));
        _network.Failure = new InvalidOperationException("no answer");
        await _release.StartAsync(default);
        await _time.UntilWaitingAsync();
        _time.Advance(TimeSpan.FromSeconds(5));
        await _log.UntilAsync(300);
        Assert.Equal(1, _table.Count);

        _network.Failure = null;
        _network.Known[IPAddress.Parse("192.0.2.1")] = new HostSighting(Seen: true, Trusted: false, Relay: false);
        _time.Advance(TimeSpan.FromSeconds(5));
        await _log.UntilAsync(5022);
        Assert.Equal(0, _table.Count);
        await _release.StopAsync(default);
    }

    [Fact]
    public async Task A_dropped_host_is_released_when_a_host_of_its_block_becomes_trusted()
    {
        var bad = IPAddress.Parse("2001:db8::bad");
        _table.Add(bad);
        _network.Known[bad] = new HostSighting(Seen: false, Trusted: false, Relay: false, InTrustedBlock: true);
        await _release.LookAsync(default);
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public async Task A_dropped_host_is_released_with_all_courtesies_when_it_becomes_trusted_or_was_seen_by_the_network()
    {
        IPAddress[] hosts = [.. Enumerable.Range(0, 5).Select(i => new IPAddress([192, 0, 2, (byte)i]))];
        foreach (var host in hosts)
        {
            _table.Add(host);
            _courtesies.TryGrant(IpBlock.Of(host), "a");
        }

        _trust.Replace(TrustIndex.Build([new TrustEntry { Network = new IPNetwork(hosts[0], 32) }]));
        _network.Known[hosts[3]] = new HostSighting(Seen: true, Trusted: false, Relay: false);
        await _release.LookAsync(default);
        Assert.Equal([hosts[1], hosts[2], hosts[4]], _table.Hosts().Select(h => h.Address));
        Assert.True(_courtesies.TryGrant(IpBlock.Of(hosts[3]), "b"));
        Assert.False(_courtesies.TryGrant(IpBlock.Of(hosts[4]), "b"));
    }

    [Fact]
    public async Task The_release_asks_about_a_few_hosts_at_a_time_and_all_in_turn()
    {
        foreach (var i in Enumerable.Range(0, 250))
        {
            _table.Add(new IPAddress([192, 0, 2, (byte)i]));
        }

        _network.Known[new IPAddress([192, 0, 2, 249])] = new HostSighting(Seen: true, Trusted: false, Relay: false);
        foreach (var (asked, left) in new[] { (100, 250), (200, 250), (300, 249) })
        {
            await _release.LookAsync(default);
            Assert.Equal((asked, left), (_network.Asked, _table.Count));
        }
    }

    [Fact]
    public async Task While_no_relay_answers_no_host_is_released_and_one_question_is_enough()
    {
        _table.Add(IPAddress.Parse("192.0.2.1"));
        _table.Add(IPAddress.Parse("192.0.2.2"));
        _network.IsReachable = false;
        await _release.LookAsync(default);
        Assert.Equal((1, 2), (_network.Asked, _table.Count));
    }
}
