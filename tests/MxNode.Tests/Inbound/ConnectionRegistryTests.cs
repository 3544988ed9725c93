using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Inbound;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The connections there are, without any network.</summary>
public sealed class ConnectionRegistryTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<SmtpWire> _wires = [];
    private readonly HashSet<SmtpWire> _aborted = [];
    private int _asked;

    public async ValueTask DisposeAsync()
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
        var registry = Registry(maxConnections: 8);
        var times = new List<TimeSpan>();
        for (var i = 0; i < 8; i++)
        {
            Assert.Null(registry.TryAdd(Wire(), Block(i), false));
            times.Add(registry.Shorten(idle));
        }

        Assert.All(times.Take(6), t => Assert.Equal(idle, t));
        Assert.InRange(times[6], floor, idle - TimeSpan.FromMinutes(1));
        Assert.Equal(floor, times[7]);
        Assert.Equal(TimeSpan.FromSeconds(5), registry.Shorten(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void The_worst_block_loses_its_connections_first_and_then_the_next_one()
    {
        var registry = Registry(maxConnections: 5);
        var person = Add(registry, 0);
        var worst = new[] { Add(registry, 9), Add(registry, 9) };
        var bad = new[] { Add(registry, 5), Add(registry, 5) };
        Assert.Null(registry.TryAdd(Wire(), Block(1), false));
        Assert.Null(registry.TryAdd(Wire(), Block(2), false));
        Assert.Equal(worst.ToHashSet(), _aborted);
        Assert.Null(registry.TryAdd(Wire(), Block(1), false));
        Assert.Null(registry.TryAdd(Wire(), Block(1), false));
        Assert.Equal([.. worst, .. bad], _aborted);
        Assert.DoesNotContain(person, _aborted);
        Assert.Equal(5, registry.Count);
    }

    [Fact]
    public void Nobody_is_dropped_for_one_as_bad_and_a_trusted_host_gets_in_for_anybody_untrusted_with_a_rate()
    {
        var registry = Registry(maxConnections: 1);
        var old = Add(registry, 3);
        Assert.Equal(RefusalReason.TooManyConnections, registry.TryAdd(Wire(), Block(3), false));
        Assert.Equal(RefusalReason.TooManyConnections, registry.TryAdd(Wire(), Block(4), false));
        Assert.Empty(_aborted);

        // Even one of its own block: its rate is from the time before it was trusted.
        Assert.Null(registry.TryAdd(Wire(), Block(3), true));
        Assert.Equal([old], _aborted);
        Assert.Equal(1, registry.Count);
    }

    [Fact]
    public void A_flood_of_newcomers_has_the_blocks_looked_at_once_a_second()
    {
        const int Blocks = 200;
        var registry = Registry(maxConnections: Blocks);
        for (var i = 0; i < Blocks; i++)
        {
            registry.TryAdd(Wire(), Block(0, i), false);
        }

        var wire = Wire();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(RefusalReason.TooManyConnections, registry.TryAdd(wire, Block(0, 1000 + i), false));
        }

        Assert.Equal(Blocks + 100, _asked);
        _clock.Advance(TimeSpan.FromSeconds(1));
        registry.TryAdd(wire, Block(0, 1000), false);
        Assert.Equal((2 * Blocks) + 101, _asked);
    }

    [Fact]
    public void What_was_dropped_or_removed_is_not_counted_twice()
    {
        var registry = Registry(maxConnections: 1);
        var dropped = Add(registry, 9);
        var added = Wire();
        Assert.Null(registry.TryAdd(added, Block(0), false));
        registry.Remove(dropped, Block(9));
        Assert.Equal(1, registry.Count);
        registry.Remove(added, Block(0));
        registry.Remove(added, Block(0));
        Assert.Equal(0, registry.Count);
    }

    // A block's pressure is its second octet.
    private ConnectionRegistry Registry(int maxConnections) => new(
        new SmtpOptions { MaxConnections = maxConnections, MaxConnectionsPerBlock = 10 },
        block =>
        {
            _asked++;
            return block.ToNetwork().BaseAddress.GetAddressBytes()[1];
        },
        _clock);

    private static IpBlock Block(int pressure, int number = 0) => IpBlock.Of(new IPAddress([10, (byte)pressure, (byte)(number >> 8), (byte)number]));

    private SmtpWire Add(ConnectionRegistry registry, int pressure)
    {
        var wire = Wire();
        Assert.Null(registry.TryAdd(wire, Block(pressure), false));
        return wire;
    }

    private SmtpWire Wire()
    {
        SmtpWire? wire = null;
        wire = new SmtpWire(new Connection(() => _aborted.Add(wire!)), _clock);
        _wires.Add(wire);
        return wire;
    }

    private sealed class Connection : DefaultConnectionContext
    {
        private readonly Action _aborted;

        public Connection(Action aborted)
        {
            _aborted = aborted;
            var pipe = new Pipe();
            Transport = new Ends(pipe.Reader, pipe.Writer);
        }

        public override void Abort(ConnectionAbortedException abortReason) => _aborted();

        private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
    }
}
