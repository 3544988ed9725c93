namespace ThrottleNet.MxNode.Spool;

/// <summary>The messages to one domain that are due, and how its next hop does. Needs its schedule's lock.</summary>
internal sealed class Lane(string domain)
{
    public string Domain => domain;

    /// <summary>Messages that are due, with the ticket that each had when it came in: an entry with another one has left the lane.</summary>
    public Queue<(QueueEntry Entry, int Ticket)> Ready { get; } = new();

    /// <summary>Deliveries under way.</summary>
    public int Running { get; set; }

    /// <summary>Deliveries that it may have at a time: one until the next hop has answered, then twice as many after each that it answers.</summary>
    public int Limit { get; set; } = 1;

    /// <summary>The next hop has answered since it last could not be reached.</summary>
    public bool IsProven { get; set; }

    /// <summary>Times that it could not be reached, one after the other.</summary>
    public int Failures { get; set; }

    /// <summary>No delivery begins before this time.</summary>
    public TimeSpan? BlockedUntil { get; set; }

    /// <summary>It stands among the lanes that may begin a delivery.</summary>
    public bool IsListed { get; set; }

    public bool MayStart => BlockedUntil is null && Ready.Count > 0 && Running < Limit;

    public bool IsUnused => BlockedUntil is null && Ready.Count == 0 && Running == 0;
}
