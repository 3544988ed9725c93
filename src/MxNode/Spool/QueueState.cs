namespace ThrottleNet.MxNode.Spool;

/// <summary>What changes of a queued message. A change stores the whole state, and the last one stored is valid.</summary>
internal sealed record QueueState
{
    public static readonly QueueState New = new();

    /// <summary>Deliveries tried so far.</summary>
    public int Attempts { get; init; }

    /// <summary>Not before this time is the next one due; null: at once.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>How long the message had been in the queue when this state was stored. Measured by the monotonic clock while its node ran.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>When this state was stored; null for a new message.</summary>
    public DateTimeOffset? StoredAt { get; init; }

    /// <summary>The operator holds the message back.</summary>
    public bool IsHeld { get; init; }

    /// <summary>A report of delay was sent.</summary>
    public bool IsDelayReported { get; init; }

    /// <summary>Places of the recipients that are done with: delivered, failed or given up; null for none.</summary>
    public IReadOnlyList<int>? Done { get; init; }

    /// <summary>The last answer for each recipient that still waits, by its place; null for none.</summary>
    public IReadOnlyDictionary<int, string>? Answers { get; init; }

    /// <summary>This state after recipients were dealt with.</summary>
    /// <param name="done">The places of recipients that wait no longer.</param>
    /// <param name="answers">The last answer for each of the others that was asked, by its place.</param>
    public QueueState With(IEnumerable<int> done, IEnumerable<KeyValuePair<int, string>> answers)
    {
        int[] all = [.. (Done ?? []).Union(done).Order()];
        var kept = new Dictionary<int, string>((Answers ?? new Dictionary<int, string>()).Where(a => !all.Contains(a.Key)));
        foreach (var (place, answer) in answers)
        {
            kept[place] = answer;
        }

        return this with { Done = all.Length > 0 ? all : null, Answers = kept.Count > 0 ? kept : null };
    }

    public bool IsDone(int recipient) => Done is not null && Done.Contains(recipient);
}
