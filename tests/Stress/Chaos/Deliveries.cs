using System.Globalization;

namespace ThrottleNet.Stress.Chaos;

/// <summary>Compares what arrived with what the senders heard, and finds a cause for each message that arrived more than once.</summary>
internal sealed class Deliveries
{
    private const int MostNamed = 100;

    // A sender may notice the end of a connection this much after the process died, on a busy machine.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(200);

    // A spool notes a delivery at most this much after it, if its disk is not full, and neither its process nor the next hop, whose answer it needs, is paused.
    private static readonly TimeSpan TimeToNote = TimeSpan.FromSeconds(2);

    private readonly MessageBook _book;
    private readonly ChaosRoutes _routes;
    private readonly IReadOnlyCollection<Fault> _faults;

    private readonly List<string> _lost = [];
    private readonly Dictionary<DoubleCause, int> _doubled = [];
    private readonly List<string> _unexplained = [];

    private Deliveries(MessageBook book, ChaosRoutes routes, IReadOnlyCollection<Fault> faults) => (_book, _routes, _faults) = (book, routes, faults);

    /// <summary>Messages that arrived, each counted once.</summary>
    public int Delivered { get; private set; }

    public int Damaged { get; private set; }

    /// <summary>Messages that were answered with 250 and did not arrive, and by which node they were. The first hundred.</summary>
    public IReadOnlyList<string> Lost => _lost;

    public IReadOnlyDictionary<DoubleCause, int> Doubled => _doubled;

    public IReadOnlyList<string> Unexplained => _unexplained;

    /// <param name="book">What the senders heard.</param>
    /// <param name="numbers">The number of messages, at most.</param>
    /// <param name="arrivals">All that the next hops have delivered.</param>
    /// <param name="faults">The faults that happened.</param>
    public static Deliveries Compare(MessageBook book, ChaosRoutes routes, int numbers, IEnumerable<Arrival> arrivals, IReadOnlyCollection<Fault> faults)
    {
        var result = new Deliveries(book, routes, faults);
        var first = new Arrival[numbers]; // in attempt 0: none
        Dictionary<int, List<Arrival>> more = [];
        foreach (var arrival in arrivals)
        {
            result.Damaged += arrival.IsWhole ? 0 : 1;
            if (arrival.Number < 0)
            {
                continue;
            }

            ref var known = ref first[arrival.Number];
            if (known.Attempt == 0)
            {
                result.Delivered++;
                known = arrival;
            }
            else if (more.TryGetValue(arrival.Number, out var others))
            {
                others.Add(arrival);
            }
            else
            {
                more[arrival.Number] = [known, arrival];
            }
        }

        for (var number = 0; number < numbers; number++)
        {
            if (first[number].Attempt == 0 && book.AcknowledgementOf(number) is { } acknowledgement && result._lost.Count < MostNamed)
            {
                result._lost.Add(string.Create(CultureInfo.InvariantCulture, $"message {number}: node {acknowledgement.Node} answered 250 after {acknowledgement.At}"));
            }
        }

        var doubts = book.Doubts.ToLookup(d => d.Number);
        foreach (var (number, all) in more)
        {
            result.Explain(number, all, [.. doubts[number]]);
        }

        return result;
    }

    // Of the deliveries of a message one is right: the acknowledged one, which is in no doubt. Each other one needs a cause.
    private void Explain(int number, List<Arrival> arrivals, List<DoubtfulAttempt> doubts)
    {
        var acknowledgement = _book.AcknowledgementOf(number);
        var rightIsLeft = acknowledgement is not null;
        foreach (var attempt in arrivals.GroupBy(a => a.Attempt))
        {
            var doubt = doubts.Find(d => d.Attempt == attempt.Key);
            var same = attempt.OrderBy(a => a.At).ToList();
            if (doubt is not null)
            {
                Note(CauseOf(doubt), doubt);
            }
            else if (rightIsLeft)
            {
                rightIsLeft = false;
            }
            else
            {
                Note(DoubleCause.Unexplained, null);
            }

            foreach (var earlier in same.SkipLast(1))
            {
                Note(CauseOfRepeat(number, earlier, doubt?.Node ?? acknowledgement?.Node), doubt);
            }
        }

        void Note(DoubleCause cause, DoubtfulAttempt? doubt)
        {
            _doubled[cause] = _doubled.GetValueOrDefault(cause) + 1;
            if (cause == DoubleCause.Unexplained)
            {
                _unexplained.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"message {number}, delivered {string.Join(", ", arrivals.Select(a => $"in attempt {a.Attempt} after {_book.Since(a.At)}"))}: {acknowledgement} {doubt}"));
            }
        }
    }

    private DoubleCause CauseOf(DoubtfulAttempt doubt)
    {
        var (from, to) = (doubt.DotAt - Margin, doubt.EndAt + Margin);
        return doubt.IsCut ? DoubleCause.ConnectionCut
            : Happened(doubt.Node, from, to, FaultKind.NodeKilled) ? DoubleCause.NodeKilled
            : Happened(doubt.Hop, from, to, FaultKind.HopKilled, FaultKind.HopCut) ? DoubleCause.HopLost
            : Happened(doubt.Node, from, to, FaultKind.NodeStopped) ? DoubleCause.NodeStopped
            : DoubleCause.Unexplained;
    }

    // Two deliveries of one attempt: only a spool sends a text again, if it could not note the delivery, or did not hear the next hop's answer.
    private DoubleCause CauseOfRepeat(int number, Arrival earlier, int? node)
    {
        if (!_routes.IsSpooled(number) || node is not { } spool)
        {
            return DoubleCause.Unexplained;
        }

        var (from, noted, hop) = (_book.Since(earlier.TakenAt) - Margin, _book.Since(earlier.At) + TimeToNote, _routes.HopOf(number));
        foreach (var hindrance in _faults.Where(f => f.Kind is FaultKind.DiskFilled or FaultKind.NodePaused ? f.Target == spool : f.Kind == FaultKind.HopPaused && f.Target == hop).OrderBy(f => f.From))
        {
            noted = hindrance.Overlaps(from, noted) && hindrance.To + TimeToNote > noted ? hindrance.To + TimeToNote : noted;
        }

        return Happened(spool, from, noted, FaultKind.NodeKilled) ? DoubleCause.NodeKilled
            : Happened(hop, from, noted, FaultKind.HopKilled, FaultKind.HopCut) ? DoubleCause.HopLost
            : DoubleCause.Unexplained;
    }

    private bool Happened(int target, TimeSpan from, TimeSpan to, params FaultKind[] kinds) =>
        _faults.Any(f => kinds.Contains(f.Kind) && f.Target == target && f.Overlaps(from, to));
}
