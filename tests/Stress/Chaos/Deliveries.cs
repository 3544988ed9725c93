using System.Globalization;

namespace ThrottleNet.Stress.Chaos;

/// <summary>Compares what arrived with what the senders heard, and finds a cause for each message that arrived more than once.</summary>
internal sealed class Deliveries
{
    private const int MostNamed = 100;

    // A sender may notice the end of a connection this much after the process died, on a busy machine.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(200);

    private readonly List<string> _lost = [];
    private readonly Dictionary<DoubleCause, int> _doubled = [];
    private readonly List<string> _unexplained = [];

    private readonly bool _spools;

    private Deliveries(bool spools) => _spools = spools;

    /// <summary>Messages that arrived, each counted once.</summary>
    public int Delivered { get; private set; }

    public int Damaged { get; private set; }

    /// <summary>Messages that were answered with 250 and did not arrive, and by which node they were. The first hundred.</summary>
    public IReadOnlyList<string> Lost => _lost;

    public IReadOnlyDictionary<DoubleCause, int> Doubled => _doubled;

    public IReadOnlyList<string> Unexplained => _unexplained;

    /// <param name="arrivals">All that the next hops have taken.</param>
    /// <param name="faults">The faults that happened.</param>
    /// <param name="spools">Whether the nodes have queues, which may deliver a message again.</param>
    public static Deliveries Compare(MessageBook book, int numbers, IEnumerable<Arrival> arrivals, IReadOnlyCollection<Fault> faults, bool spools = false)
    {
        var result = new Deliveries(spools);
        var counts = new byte[numbers];
        Dictionary<int, List<int>> more = [];
        foreach (var arrival in arrivals)
        {
            result.Damaged += arrival.IsWhole ? 0 : 1;
            if (arrival.Number < 0)
            {
                continue;
            }

            result.Delivered += counts[arrival.Number] == 0 ? 1 : 0;
            if (counts[arrival.Number] == 0)
            {
                counts[arrival.Number] = (byte)arrival.Attempt;
            }
            else if (more.TryGetValue(arrival.Number, out var attempts))
            {
                attempts.Add(arrival.Attempt);
            }
            else
            {
                more[arrival.Number] = [counts[arrival.Number], arrival.Attempt];
            }
        }

        for (var number = 0; number < numbers; number++)
        {
            if (counts[number] == 0 && book.AcknowledgementOf(number) is { } acknowledgement && result._lost.Count < MostNamed)
            {
                result._lost.Add(string.Create(CultureInfo.InvariantCulture, $"message {number}: node {acknowledgement.Node} answered 250 after {acknowledgement.At}"));
            }
        }

        var doubts = book.Doubts.ToLookup(d => d.Number);
        foreach (var (number, attempts) in more)
        {
            result.Explain(number, attempts, [.. doubts[number]], faults, book.AcknowledgementOf(number) is not null);
        }

        return result;
    }

    // Of the deliveries of a message one is right: the acknowledged one, which is in no doubt. Each other one needs a cause.
    private void Explain(int number, List<int> attempts, List<DoubtfulAttempt> doubts, IReadOnlyCollection<Fault> faults, bool isAcknowledged)
    {
        var rightIsLeft = isAcknowledged;
        foreach (var same in attempts.GroupBy(a => a))
        {
            var doubt = doubts.Find(d => d.Attempt == same.Key);
            var doubled = same.Count();
            if (doubt is null && rightIsLeft)
            {
                rightIsLeft = false;
                doubled--;
            }

            // Two deliveries of one attempt have no cause without a queue: a node does not send a text again.
            for (var i = 0; i < doubled; i++)
            {
                var cause = doubt is not null && i == 0 ? CauseOf(doubt, faults) : _spools ? DoubleCause.Redelivered : DoubleCause.Unexplained;
                _doubled[cause] = _doubled.GetValueOrDefault(cause) + 1;
                if (cause == DoubleCause.Unexplained)
                {
                    _unexplained.Add(string.Create(CultureInfo.InvariantCulture, $"message {number}, delivered in attempts {string.Join(' ', attempts)}: {doubt}"));
                }
            }
        }
    }

    private static DoubleCause CauseOf(DoubtfulAttempt doubt, IReadOnlyCollection<Fault> faults)
    {
        bool Raced(int target, params FaultKind[] kinds) =>
            faults.Any(f => kinds.Contains(f.Kind) && f.Target == target && f.Overlaps(doubt.DotAt - Margin, doubt.EndAt + Margin));

        return doubt.IsCut ? DoubleCause.ConnectionCut
            : Raced(doubt.Node, FaultKind.NodeKilled) ? DoubleCause.NodeKilled
            : Raced(doubt.Hop, FaultKind.HopKilled, FaultKind.HopCut) ? DoubleCause.HopLost
            : Raced(doubt.Node, FaultKind.NodeStopped) ? DoubleCause.NodeStopped
            : DoubleCause.Unexplained;
    }
}
