using System.Globalization;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Simulate.Floods;

/// <summary>
/// Relays that have each other's counts before they judge, as the hold ensures, over simulated days. Each is the shipped engine; what the exchange
/// does between them is simulated elsewhere.
/// </summary>
internal sealed class FloodNetwork
{
    public const long Minute = 60_000;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    private static readonly CountingLimits Limits = CountingLimits.Default with { WarmUp = TimeSpan.Zero, MaxEnvelopes = 1 << 18, MaxRows = 1 << 20 };

    private readonly List<(CountingEngine Engine, Outbox Outbox)> _relays = [];
    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private long _order;
    private long _swept;

    public FloodNetwork(int seed, int relays = 2)
    {
        Random = new Random(seed);
        for (var i = 0; i < relays; i++)
        {
            var outbox = new Outbox();
            _relays.Add((new CountingEngine(Limits, SimNetwork.Start, new FaultTolerance("us", 0), outbox, (ulong)Random.NextInt64()), outbox));
        }
    }

    public Random Random { get; }

    /// <summary>The engines of the relays.</summary>
    public IEnumerable<CountingEngine> Engines => _relays.Select(r => r.Engine);

    /// <summary>Milliseconds since 1970.</summary>
    public long Now { get; private set; } = SimNetwork.Start;

    /// <summary>Milliseconds since the beginning.</summary>
    public long Passed => Now - SimNetwork.Start;

    public int Relays => _relays.Count;

    public long Attempts { get; private set; }

    /// <param name="after">Milliseconds from now.</param>
    public void In(double after, Action action) => _events.Enqueue(action, (Now + (long)Math.Max(0, after), _order++));

    /// <summary>An exponentially distributed time.</summary>
    public double Exponential(double mean) => -mean * Math.Log(1 - Random.NextDouble());

    public void Run(long duration)
    {
        var end = Now + duration;
        while (_events.TryPeek(out _, out var first) && first.At <= end)
        {
            var action = _events.Dequeue();
            Now = first.At;
            Sweep();
            action();
        }

        Now = end;
    }

    /// <summary>One recipient at one relay; true if it passes.</summary>
    public bool Try(IpBlock host, long envelope, int relay)
    {
        Attempts++;
        var engine = _relays[relay].Engine;
        if (engine.IsRefusedAtConnect(host, Now, out _))
        {
            return false;
        }

        var attempt = engine.Register(host, engine.Hash(host, null, new MailboxParts(envelope.ToString(CultureInfo.InvariantCulture), "")), toPostmaster: false, Now);
        Share(relay);
        var verdict = engine.Judge(ref attempt, Now);
        Share(relay);
        if (verdict.Passes)
        {
            engine.Delivered(attempt);
        }

        return verdict.Passes;
    }

    private void Sweep()
    {
        if (Now - _swept > 6 * Hour)
        {
            _swept = Now;
            _relays.ForEach(r => r.Engine.Sweep(Now));
        }
    }

    private void Share(int from)
    {
        foreach (var batch in _relays[from].Outbox.Take(out _))
        {
            for (var i = 0; i < _relays.Count; i++)
            {
                if (i != from)
                {
                    _relays[i].Engine.Apply("us", batch, Now, Now);
                }
            }
        }
    }
}
