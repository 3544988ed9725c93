using System.Globalization;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// Writes the log line of each session, and keeps the session for the dashboard. Sessions without MAIL may be a flood: of one block, the first ones of
/// a minute have a line each and are kept, and the rest of that minute share one line.
/// </summary>
internal sealed class SessionJournal(InboundLog log, RecentSessions recent, NodeMetrics metrics, NodeHealth health) : PeriodicService("session log", Interval, health)
{
    /// <summary>Sessions without MAIL of one block that have a line of their own, a minute.</summary>
    public const int LinesPerBlock = 5;

    // The most blocks in one minute with a line each. Sessions of further blocks share one line.
    private const int MaxBlocks = 1000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Dictionary<IpBlock, Tally> _tallies = [];
    private long _others;

    public void Note(Session session)
    {
        var isOfMail = !session.IsProxyItself || session.Summary.Recipients > 0;
        if (isOfMail && RecentSession.IsTurnedAway(session.Summary.Outcome, session.Summary.Recipients))
        {
            metrics.TurnedAway();
        }

        if (session.HadMail || HasLine(session))
        {
            log.Session(session, Time);
            if (isOfMail)
            {
                recent.Add(session.Report());
            }
        }
    }

    protected override Task TickAsync(CancellationToken stopping)
    {
        SumUp();
        return Task.CompletedTask;
    }

    protected override void Ended() => SumUp();

    private bool HasLine(Session session)
    {
        lock (_lock)
        {
            if (!_tallies.TryGetValue(session.Block, out var tally))
            {
                if (_tallies.Count >= MaxBlocks)
                {
                    _others++;
                    return false;
                }

                _tallies[session.Block] = tally = new Tally();
            }

            if (++tally.Sessions <= LinesPerBlock)
            {
                return true;
            }

            tally.LastReason = session.Summary.Reason;
            return false;
        }
    }

    private void SumUp()
    {
        Dictionary<IpBlock, Tally> tallies;
        long others;
        lock (_lock)
        {
            (tallies, _tallies) = (_tallies, []);
            (others, _others) = (_others, 0);
        }

        foreach (var (block, tally) in tallies.Where(t => t.Value.Sessions > LinesPerBlock))
        {
            log.SessionsWithoutMail(tally.Sessions - LinesPerBlock, block.ToString(), tally.LastReason);
        }

        if (others > 0)
        {
            log.SessionsWithoutMail(others, string.Create(CultureInfo.InvariantCulture, $"of others than the first {MaxBlocks}"), "various");
        }
    }

    private sealed class Tally
    {
        public long Sessions { get; set; }

        public string LastReason { get; set; } = "none";
    }
}
