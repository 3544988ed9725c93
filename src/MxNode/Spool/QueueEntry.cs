namespace ThrottleNet.MxNode.Spool;

/// <summary>A message of the queue as it is in memory: where its record is, and its state. Envelope and text stay on disk.</summary>
/// <param name="id">The message.</param>
/// <param name="place">Its record.</param>
/// <param name="domain">The domain of its first recipient: the lane in which it waits.</param>
/// <param name="recipients">How many recipients its envelope has.</param>
/// <param name="arrived">When it was accepted.</param>
internal sealed class QueueEntry(QueueId id, RecordPlace place, string domain, int recipients, DateTimeOffset arrived)
{
    public QueueId Id => id;

    /// <summary>Its record; another one after the message was moved to a later file.</summary>
    public RecordPlace Place { get; set; } = place;

    public string Domain => domain;

    public int Recipients => recipients;

    public DateTimeOffset Arrived => arrived;

    public QueueState State { get; set; } = QueueState.New;

    /// <summary>Changes whenever the message gets another place in the <see cref="DeliverySchedule"/>. Needs its lock, as the two below.</summary>
    public int Ticket { get; set; }

    /// <summary>Its delivery is under way.</summary>
    public bool IsRunning { get; set; }

    /// <summary>That delivery began while its domain was not known to answer.</summary>
    public bool IsProbe { get; set; }

    /// <summary>Recipients that still wait.</summary>
    public int Pending => recipients - (State.Done?.Count ?? 0);
}
