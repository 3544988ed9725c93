namespace ThrottleNet.MxNode.Spool;

/// <summary>A message of the queue as it is in memory: where its record is, and its state. Envelope and text are on disk; a new small message is in memory too, until its first delivery.</summary>
/// <param name="id">The message.</param>
/// <param name="place">Its record.</param>
/// <param name="domain">The domain of its first recipient: the lane in which it waits.</param>
/// <param name="recipients">How many recipients its envelope has.</param>
/// <param name="arrived">When it was accepted.</param>
internal sealed class QueueEntry(QueueId id, RecordPlace place, string domain, int recipients, DateTimeOffset arrived)
{
    private long _since;
    private TimeSpan _ageBefore;
    private LoadedMessage? _kept;

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

    /// <summary>
    /// Begins to measure the message's age: by the monotonic clock, so that a wall clock that is set while the node runs makes no message too old. Only the
    /// time in which no node ran is taken from the wall clock.
    /// </summary>
    public void BeginAge(TimeProvider time)
    {
        var unmeasured = time.GetUtcNow() - (State.StoredAt ?? arrived);
        (_since, _ageBefore) = (time.GetTimestamp(), State.Age + (unmeasured > TimeSpan.Zero ? unmeasured : TimeSpan.Zero));
    }

    /// <summary>How long the message has been in the queue.</summary>
    public TimeSpan AgeNow(TimeProvider time) => _ageBefore + time.GetElapsedTime(_since);

    /// <summary>Keeps the whole message in memory for its first delivery; null keeps nothing.</summary>
    public void Keep(LoadedMessage? message) => Volatile.Write(ref _kept, message);

    /// <summary>Takes the message that is in memory; null if there is none, or it was taken before.</summary>
    public LoadedMessage? TakeKept() => Interlocked.Exchange(ref _kept, null);

    /// <summary>Recipients that still wait.</summary>
    public int Pending => recipients - (State.Done?.Count ?? 0);
}
