using ThrottleNet.MxNode.Spool;

namespace ThrottleNet.MxNode.Admin;

/// <summary>The queue of a node; the answer of /api/queue.</summary>
/// <param name="Messages">Messages in the queue.</param>
/// <param name="Octets">Octets of them.</param>
/// <param name="Deliveries">Deliveries under way.</param>
/// <param name="Listed">The oldest messages that match, at most as many as were asked for.</param>
internal sealed record QueueReport(int Messages, long Octets, int Deliveries, IReadOnlyList<QueuedMessageLine> Listed)
{
    private const int UsualLines = 100;
    private const int MaxLines = 100_000;

    /// <param name="desk">Has the queue.</param>
    /// <param name="domain">Only messages to this domain; null: all.</param>
    /// <param name="limit">How many to list; null: 100.</param>
    public static QueueReport Of(QueueDesk desk, string? domain, int? limit) => new(
        desk.Queue.Count, desk.Queue.Octets, desk.Schedule.Running,
        [.. desk.Queue.All().Where(e => domain is null || e.Domain == domain).Take(Math.Clamp(limit ?? UsualLines, 1, MaxLines)).Select(QueuedMessageLine.Of)]);
}

/// <summary>A message of the queue as its list shows it.</summary>
/// <param name="Id">Its name, for the other commands.</param>
/// <param name="Arrived">When it was accepted.</param>
/// <param name="Octets">Of its text.</param>
/// <param name="Domain">Of its first recipient.</param>
/// <param name="Recipients">Recipients that still wait.</param>
/// <param name="Attempts">Deliveries tried.</param>
/// <param name="State">active, waiting or held.</param>
/// <param name="Next">When it is due; null: at once, or not before it is released.</param>
/// <param name="LastAnswer">The last answer of a next hop; null for none.</param>
internal sealed record QueuedMessageLine(
    string Id, DateTimeOffset Arrived, long Octets, string Domain, int Recipients, int Attempts, string State, DateTimeOffset? Next, string? LastAnswer)
{
    public static QueuedMessageLine Of(QueueEntry entry) => new(
        entry.Id.ToString(), entry.Arrived, entry.Place.Frame.TextLength, entry.Domain, entry.Pending, entry.State.Attempts,
        entry.IsRunning ? "active" : entry.State.IsHeld ? "held" : "waiting", entry.State.IsHeld ? null : entry.State.Next, entry.State.Answers?.Values.FirstOrDefault());
}

/// <summary>A message of the queue with its envelope; the answer of /api/queue/ID.</summary>
/// <param name="Message">As in the list.</param>
/// <param name="Sender">The reverse-path; empty for the null one.</param>
/// <param name="Client">The address of the client that handed it in; null for a report of this node.</param>
/// <param name="Recipients">All its recipients.</param>
/// <param name="Header">The beginning of its header section.</param>
internal sealed record QueuedMessageReport(QueuedMessageLine Message, string Sender, string? Client, IReadOnlyList<QueuedRecipientReport> Recipients, string Header);

/// <summary>A recipient of a queued message.</summary>
/// <param name="Address">Its forward-path.</param>
/// <param name="IsDone">It was delivered, or has failed.</param>
/// <param name="LastAnswer">While it waits, the last answer of a next hop; null for none.</param>
internal sealed record QueuedRecipientReport(string Address, bool IsDone, string? LastAnswer);

/// <summary>How many messages a command to the queue has changed.</summary>
internal sealed record QueueActionReport(string Action, int Messages);
