namespace ThrottleNet.MxNode.Cluster;

/// <summary>This node's share of the sessions with one next hop. Needs its owner's lock.</summary>
internal sealed class HopShare
{
    // A node that uses sessions asks for some more, so that it need not wait for a lease before each further one.
    private const int Ahead = 2;

    private int _peak;
    private int _lastPeak;
    private bool _isAsking;
    private bool _mayHaveMore = true;

    /// <summary>Sessions in use.</summary>
    public int InUse { get; private set; }

    /// <summary>The share with which no transaction would wait.</summary>
    public int Wanted { get; private set; }

    /// <summary>
    /// The most sessions that were wanted at one time in this period and the one before. Leases are asked for by this peak: a session is in use for only a part of
    /// its client's time, so a lease for what is wanted at one moment would be too small at the next.
    /// </summary>
    public int Peak => Math.Max(_peak, _lastPeak);

    /// <summary>When the node last wanted a session (timestamp).</summary>
    public long UsedAt { get; private set; }

    /// <summary>The last lease, or less, if the node gave some back; null before the first.</summary>
    public int? Lease { get; private set; }

    /// <summary>When the last lease was asked for (timestamp).</summary>
    public long LeasedAt { get; private set; }

    /// <summary>The numbers of the moment.</summary>
    public void Note(int inUse, int wanted, long now)
    {
        (InUse, Wanted) = (inUse, wanted);
        _peak = Math.Max(_peak, wanted);
        UsedAt = wanted > 0 ? now : UsedAt;
    }

    /// <summary>Begins another period of <see cref="Peak"/>.</summary>
    public void BeginPeriod() => (_lastPeak, _peak) = (_peak, Wanted);

    /// <summary>Begins a question for a lease; <see cref="Answered"/> must follow. What the node does not ask for any more it gives back at once.</summary>
    /// <returns>The sessions to ask for; null if a question is under way.</returns>
    public int? Ask()
    {
        if (_isAsking)
        {
            return null;
        }

        _isAsking = true;
        var asked = Peak > 0 ? Peak + Ahead : 0;
        Lease = Lease is { } lease ? Math.Min(lease, asked) : null;
        return asked;
    }

    /// <summary>As <see cref="Ask"/>, if more is wanted than the share and the cluster may have more; else null.</summary>
    public int? AskForMore(int share) => _mayHaveMore && Wanted > share ? Ask() : null;

    /// <summary>The question ended.</summary>
    /// <param name="asked">What was asked for.</param>
    /// <param name="lease">The lease; null: no answer came.</param>
    /// <param name="at">When it was asked for (timestamp).</param>
    public void Answered(int asked, int? lease, long at)
    {
        _isAsking = false;
        _mayHaveMore = lease >= asked;
        if (lease is not null)
        {
            (Lease, LeasedAt) = (lease, at);
        }
    }
}
