using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>
/// Runs a network with ordinary mail, a sprayer, and the troubles that the options ask for, from beginning to end. The nodes
/// are the shipped <see cref="Protocol.Exchange.ExchangeCore"/> and <see cref="CountingEngine"/>.
/// </summary>
internal sealed class Simulation
{
    /// <summary>Seconds from the beginning of the mail to that of a partition.</summary>
    public const int PartitionAfter = 5;

    private const int Second = 1000;
    private const int BackAfter = 10 * Second;

    // The number of origins from which the direct time is measured.
    private const int DirectSample = 100;

    // Seconds after the last message, in which holds end and batches arrive.
    private const int Tail = 5;
    private const uint LieQuarters = CountEntry.MaxQuarters;

    private readonly SimulationOptions _options;
    private readonly Random _random;
    private readonly SimNetwork _network;
    private readonly List<VerdictAction> _sprayVerdicts = [];
    private readonly List<VerdictAction> _innocentVerdicts = [];
    private readonly long _begin;

    public Simulation(SimulationOptions options)
    {
        _options = options;
        _random = new Random(options.Seed);
        _network = SimOverlay.Build(options, _random);
        _begin = _network.Now + (options.WarmUp * Second);
    }

    public SimNetwork Network => _network;

    private long End => _begin + (_options.Seconds * Second);

    /// <summary>Runs the simulation.</summary>
    /// <param name="progress">Called each simulated second, on this thread.</param>
    /// <param name="cancel">Checked each simulated second.</param>
    public SimulationResult Run(IProgress<SimulationProgress>? progress = null, CancellationToken cancel = default)
    {
        ScheduleTroubles();
        ScheduleMail();
        _network.At(_begin, _network.Statistics.ResetTraffic);
        var start = _network.Now;
        var seconds = (int)((End - start) / Second) + Tail;
        for (var second = 1; second <= seconds; second++)
        {
            cancel.ThrowIfCancellationRequested();
            _network.RunUntil(start + (second * Second));
            progress?.Report(new SimulationProgress(second, seconds, _network.Statistics.Published, _network.Statistics.Octets));
        }

        return Sum();
    }

    private void ScheduleMail()
    {
        var nodes = _network.Nodes.ToArray();
        _random.Shuffle(nodes);
        var busy = nodes[..Math.Min(_options.BusyNodes, nodes.Length)];
        for (var host = 0; host < _options.Innocents; host++)
        {
            for (var message = 0; message < _options.MessagesEach; message++)
                Send(Host(host), busy[_random.Next(busy.Length)], _random.NextInt64(_begin, End), _innocentVerdicts);
        }

        var sprayed = nodes[..(_options.SprayNodes == 0 ? nodes.Length : Math.Min(_options.SprayNodes, nodes.Length))];
        var sprayer = IpBlock.Of(new IPAddress([203, 0, 113, 66]));
        var middle = _begin + (_options.Seconds * Second / 2);
        for (var message = 0; message < _options.Spray; message++)
            Send(sprayer, sprayed[message % sprayed.Length], middle + _random.Next(Second), _sprayVerdicts);
    }

    private void Send(IpBlock host, SimNode node, long at, List<VerdictAction> verdicts)
    {
        // Liars' nodes let all pass and report nothing of it: what they do is not measured.
        if (!IsLiar(node))
            _network.At(at, () => SimSession.Begin(_network, node, host, _options.Hold, verdicts.Add));
    }

    private void ScheduleTroubles()
    {
        for (var crash = 0; crash < _options.Crashes; crash++)
        {
            var node = _network.Nodes[_random.Next(_network.Nodes.Count)];
            var at = _random.NextInt64(_begin, End);
            _network.At(at, () => Crash(node));
        }

        if (_options.Partition > 0)
        {
            _network.At(_begin + (PartitionAfter * Second), () => _network.Partition(node => node.Index % 3 == 0 ? 1 : 0));
            _network.At(_begin + ((PartitionAfter + _options.Partition) * Second), () => _network.Partition(null));
        }

        if (_options.Liars > 0)
            _network.At(_begin + (_options.LieAfter * Second), Lie);
    }

    private void Crash(SimNode node)
    {
        if (!node.IsUp)
            return;
        _network.Crash(node);
        _network.At(_network.Now + BackAfter, () =>
        {
            _network.Restart(node);
            node.Core.Know(node.Clock.Now, Enumerable.Range(0, 3).Select(_ => _network.Nodes[_random.Next(_network.Nodes.Count)].Address));
        });
    }

    private void Lie()
    {
        foreach (var node in _network.Nodes.Where(n => n.IsUp && IsLiar(n)))
        {
            for (var host = 0; host < _options.Innocents; host++)
                node.Outbox.Add(Host(host), LieQuarters);
        }
    }

    private bool IsLiar(SimNode node) => node.Index % _options.Operators < _options.Liars;

    private SimulationResult Sum()
    {
        var statistics = _network.Statistics;
        var times = statistics.TimesTo99(_begin);
        var counted = statistics.TimesTo99Counted(_begin);
        return new SimulationResult(
            times.Length,
            times.Length == 0 ? 0 : times[times.Length / 2],
            times.Length == 0 ? 0 : times[times.Length * 99 / 100],
            counted.Length == 0 ? 0 : counted[counted.Length * 99 / 100],
            DirectTime99(),
            statistics.MedianTimes(_begin, End),
            statistics.Unfinished(_begin, End),
            statistics.Copies / (double)Math.Max(1, statistics.Applied),
            statistics.Octets / (double)_options.Nodes / (_options.Seconds + Tail),
            statistics.Octets / (double)Math.Max(1, statistics.Entries),
            _sprayVerdicts.Count,
            _sprayVerdicts.Count(v => v is VerdictAction.Forward or VerdictAction.Slow),
            SimNode.Limit,
            _innocentVerdicts.Count,
            _innocentVerdicts.Count(v => v == VerdictAction.Defer),
            _innocentVerdicts.Count(v => v == VerdictAction.Refuse));
    }

    private long DirectTime99()
    {
        var random = new Random(_options.Seed);
        var times = _network.Nodes.Take(DirectSample).Select(n => _network.DirectTime99(n, random)).Order().ToArray();
        return times[times.Length / 2];
    }

    // Each in a site of its own, spread over the regions of half the address space.
    private static IpBlock Host(int number) => IpBlock.Of(new IPAddress([(byte)(11 + (number % 100)), (byte)(number / 100), (byte)(number / 25_600), 7]));
}
