namespace ThrottleNet.MxNode.Cluster;

/// <summary>This node's share of the sessions with one next hop. Needs its owner's lock.</summary>
internal sealed class HopShare
{
    private int _peak;
    private int _lastPeak;
    private bool _mayAsk = true;

    /// <summary>Sessions in use.</summary>
    public int InUse { get; private set; }

    /// <summary>The share with which no transaction would wait.</summary>
    public int Wanted { get; private set; }

    /// <summary>
    /// The most that was wanted since the period before this one began. A lease for what is wanted at one moment would be too small at the next: each session is
    /// in use for a part of its client's time.
    /// </summary>
    public int Peak => Math.Max(_peak, _lastPeak);

    /// <summary>When the node last wanted a session (timestamp).</summary>
    public long UsedAt { get; private set; }

    /// <summary>The last lease; null before the first.</summary>
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

    /// <summary>
    /// Whether the node should ask for a larger lease at once: transactions wait, and the cluster may have more sessions to give. True once until the next answer.
    /// </summary>
    public bool TryAsk(int share)
    {
        if (!_mayAsk || Wanted <= share)
        {
            return false;
        }

        _mayAsk = false;
        return true;
    }

    /// <summary>The cluster answered. An answer to an earlier question than the last one that was answered is ignored.</summary>
    public void Answered(int asked, int lease, long at)
    {
        if (at < LeasedAt)
        {
            return;
        }

        (Lease, LeasedAt) = (lease, at);
        _mayAsk = lease >= asked;
    }
}
