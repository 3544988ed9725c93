using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The registry of connections, without a network.</summary>
public sealed class ConnectionRegistryTests : IAsyncLifetime
{
    private const int Trusted = 172;

    private readonly FakeTimeProvider _clock = new();
    private readonly TrustBook _trust;
    private readonly List<SmtpWire> _wires = [];
    private readonly HashSet<SmtpWire> _aborted = [];

    public ConnectionRegistryTests()
    {
        _trust = new TrustBook(_clock);
        _trust.Replace(TrustIndex.Build([new TrustEntry { Network = IPNetwork.Parse($"{Trusted}.0.0.0/8") }]));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var wire in _wires)
        {
            await wire.DisposeAsync();
        }
    }

    [Fact]
    public void Idle_times_shrink_as_connections_run_out_down_to_their_floor()
    {
        var (idle, floor) = (TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(30));
        var registry = new ConnectionRegistry(new SmtpOptions(), places: 8, _clock);
        var times = new List<TimeSpan>();
        for (var i = 0; i < 8; i++)
        {
            Add(registry, Client(i));
            times.Add(registry.Shorten(idle));
        }

        Assert.Equal(Enumerable.Repeat(idle, 6), times.Take(6));
        Assert.InRange(times[6], floor, idle - TimeSpan.FromMinutes(1));
        Assert.Equal(floor, times[7]);
        Assert.Equal(TimeSpan.FromSeconds(5), registry.Shorten(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void The_host_with_the_most_connections_gives_way_first()
    {
        var registry = new ConnectionRegistry(new SmtpOptions(), places: 9, _clock);
        var person = Add(registry, Client(1));
        var large = Enumerable.Range(0, 5).Select(_ => Add(registry, Client(2))).ToHashSet();
        var small = Enumerable.Range(0, 3).Select(_ => Add(registry, Client(3))).ToHashSet();
        Add(registry, Client(4));
        Add(registry, Client(5));
        Assert.Equal(2, _aborted.Count(large.Contains));
        for (var i = 6; i < 10; i++)
        {
            Add(registry, Client(i));
        }

        Assert.Equal((4, 2), (_aborted.Count(large.Contains), _aborted.Count(small.Contains)));
        Assert.DoesNotContain(person, _aborted);
        Assert.Equal(9, registry.Count);
    }

    [Fact]
    public void Among_equal_hosts_the_one_in_the_largest_site_and_then_in_the_largest_region_gives_way()
    {
        var registry = new ConnectionRegistry(new SmtpOptions(), places: 8, _clock);
        var site = Enumerable.Range(1, 4).Select(i => Add(registry, Client("10.1.1." + i))).ToHashSet();
        var region = Enumerable.Range(1, 4).Select(i => Add(registry, Client($"10.2.{i}.1"))).ToHashSet();
        Add(registry, Client("10.3.1.1"));
        Assert.Single(_aborted, site.Contains);
        Add(registry, Client("10.4.1.1"));
        Add(registry, Client("10.5.1.1"));
        Add(registry, Client("10.6.1.1"));
        Assert.Equal((3, 1), (_aborted.Count(site.Contains), _aborted.Count(region.Contains)));
    }

    [Fact]
    public void No_connection_gives_way_to_a_host_that_would_then_have_as_many()
    {
        var registry = new ConnectionRegistry(new SmtpOptions(), places: 2, _clock);
        Add(registry, Client("10.1.1.1"));
        Add(registry, Client("10.2.1.1"));
        Assert.Equal(RefusalReason.TooManyConnections, TryAdd(registry, Client("10.3.1.1")).Refused);
        Assert.Equal(RefusalReason.TooManyConnections, TryAdd(registry, Client("10.1.1.1")).Refused);
        Assert.Empty(_aborted);
    }

    [Fact]
    public void A_connection_with_a_transaction_under_way_does_not_give_way()
    {
        var registry = new ConnectionRegistry(new SmtpOptions(), places: 3, _clock);
        var sessions = Enumerable.Range(0, 3).Select(_ => TryAdd(registry, Client(1)).Session).ToArray();
        sessions[0].Transaction = new Transaction(default!);
        sessions[1].Transaction = new Transaction(default!);
        Assert.Null(TryAdd(registry, Client(2)).Refused);
        Assert.Equal([_wires[2]], _aborted);
        Assert.Equal(RefusalReason.TooManyConnections, TryAdd(registry, Client(3)).Refused);
    }

    [Fact]
    public void A_connection_whose_reply_to_a_text_is_not_sent_yet_does_not_give_way()
    {
        var registry = new ConnectionRegistry(new SmtpOptions(), places: 2, _clock);
        var sessions = Enumerable.Range(0, 2).Select(_ => TryAdd(registry, Client(1)).Session).ToArray();
        sessions[0].OwesReply = sessions[1].OwesReply = true; // the next hop has the message, and the transaction is over
        Assert.Equal(RefusalReason.TooManyConnections, TryAdd(registry, Client(2)).Refused);
        Assert.Empty(_aborted);
    }

    [Fact]
    public void Busy_hosts_are_looked_at_once_a_second_and_not_by_every_newcomer()
    {
        var registry = new ConnectionRegistry(new SmtpOptions(), places: 20, _clock);
        var busy = Enumerable.Range(0, 18).Select(i => TryAdd(registry, Client(i / 2)).Session).ToArray();
        Array.ForEach(busy, s => s.Transaction = new Transaction(default!));
        Assert.Equal(RefusalReason.TooManyConnections, TryAdd(registry, Client(99)).Refused);
        Array.ForEach(busy, s => s.Transaction = null);
        Assert.Equal(RefusalReason.TooManyConnections, TryAdd(registry, Client(99)).Refused); // they are set aside
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(TryAdd(registry, Client(99)).Refused);
        Assert.Single(_aborted);
    }

    [Fact]
    public void A_tenth_of_the_places_is_reserved_for_trusted_hosts_and_beyond_it_untrusted_hosts_give_way()
    {
        var registry = new ConnectionRegistry(new SmtpOptions(), places: 20, _clock);
        for (var i = 0; i < 18; i++)
        {
            Add(registry, Client(i));
        }

        Assert.Equal(RefusalReason.TooManyConnections, TryAdd(registry, Client(18)).Refused);
        for (var i = 0; i < 20; i++)
        {
            Add(registry, TrustedClient);
        }

        Assert.Equal(18, _aborted.Count);
        Assert.Equal(RefusalReason.TooManyConnections, TryAdd(registry, TrustedClient).Refused);
        Assert.Equal(20, registry.Count);
    }

    [Theory]
    [InlineData("10.1.1.1", 3)]
    [InlineData("10.1.1.{0}", 5)]
    [InlineData("10.1.{0}.1", 7)]
    public void Host_site_and_region_each_have_a_limit(string clients, int most)
    {
        var options = new SmtpOptions { MaxConnectionsPerBlock = 3, MaxConnectionsPerSite = 5, MaxConnectionsPerRegion = 7 };
        var registry = new ConnectionRegistry(options, places: 100, _clock);
        var refused = Enumerable.Range(1, 9).Select(i => TryAdd(registry, Client(string.Format(CultureInfo.InvariantCulture, clients, i))).Refused).ToArray();
        Assert.Equal(Enumerable.Repeat<RefusalReason?>(null, most).Concat(Enumerable.Repeat<RefusalReason?>(RefusalReason.TooManyConnectionsFromBlock, 9 - most)), refused);
        Add(registry, TrustedClient);
        Add(registry, Client("10.2.1.1"));
    }

    [Fact]
    public void A_connection_that_was_dropped_and_removed_is_released_once()
    {
        var registry = new ConnectionRegistry(new SmtpOptions(), places: 2, _clock);
        var first = TryAdd(registry, Client(1));
        Add(registry, Client(1));
        var added = TryAdd(registry, Client(2));
        Assert.Single(_aborted);
        registry.Remove(first.Wire, first.Session);
        registry.Remove(added.Wire, added.Session);
        registry.Remove(added.Wire, added.Session);
        Assert.Equal(1, registry.Count);
    }

    [Fact]
    public void The_places_are_never_exceeded_in_random_sequences()
    {
        var random = new Random(7);
        var registry = new ConnectionRegistry(new SmtpOptions { MaxConnectionsPerBlock = 6 }, places: 50, _clock);
        var open = new List<(SmtpWire Wire, Session Session, RefusalReason? Refused)>();
        var taken = 0;
        for (var i = 0; i < 3000; i++)
        {
            if (open.Count > 0 && random.Next(3) == 0)
            {
                var gone = open[random.Next(open.Count)];
                open.Remove(gone);
                registry.Remove(gone.Wire, gone.Session);
            }
            else if (TryAdd(registry, random.Next(8) == 0 ? TrustedClient : Client(random.Next(40))) is { Refused: null } added)
            {
                open.Add(added);
                taken++;
            }

            open.RemoveAll(o => _aborted.Contains(o.Wire));
            Assert.Equal(open.Count, registry.Count);
            Assert.InRange(registry.Count, 0, 50);
        }

        Assert.True(taken > 500 && _aborted.Count > 50, $"{taken} taken, {_aborted.Count} gave way: the test has not been at the limit");
    }

    private static IPAddress TrustedClient => IPAddress.Parse($"{Trusted}.0.0.1");

    private static IPAddress Client(int number) => new([10, (byte)number, 1, 1]);

    private static IPAddress Client(string address) => IPAddress.Parse(address);

    private SmtpWire Add(ConnectionRegistry registry, IPAddress client)
    {
        var (wire, _, refused) = TryAdd(registry, client);
        Assert.Null(refused);
        return wire;
    }

    private (SmtpWire Wire, Session Session, RefusalReason? Refused) TryAdd(ConnectionRegistry registry, IPAddress client)
    {
        SmtpWire? wire = null;
        wire = new SmtpWire(new Connection(() => _aborted.Add(wire!)), _clock);
        _wires.Add(wire);
        var session = new Session(wire, client, new IPEndPoint(client, 1025), () => Task.FromResult<string?>(null), _trust, _clock);
        return (wire, session, registry.TryAdd(wire, session));
    }

    private sealed class Connection : DefaultConnectionContext
    {
        private readonly Action _aborted;

        public Connection(Action aborted)
        {
            _aborted = aborted;
            Transport = new Duplex(new Pipe().Reader, new Pipe().Writer);
        }

        public override void Abort(ConnectionAbortedException abortReason) => _aborted();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
