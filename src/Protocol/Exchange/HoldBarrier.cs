namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// Decides when the hold of this node's batches is complete. An attempt in batch s may be judged once (a) every live node has applied
/// our batches up to s, and (b) everything it had counted by then is applied here; each neighbour reports both in an
/// <see cref="AckFrame"/>. Then of any two attempts at two nodes at least one decision knows the other attempt, and a decision knows every attempt
/// that was registered anywhere before its own. So a spray gets no more messages through than a burst at one node.
/// <para>
/// A linked node is live while its last frame is at most <see cref="ExchangeSettings.SilentAfter"/> old; the barrier does not wait for a silent one.
/// A node without a link is live if it published later than that after its last frame to us (or, if it never had a link, after its first batch came), at most
/// <see cref="ExchangeSettings.DeadAfter"/> ago: two nodes of a mesh are cut off from each other. Such a node cannot acknowledge anything, so the barrier stays shut and the hold takes its full
/// time; the same in a network that is too large for a mesh. The time of publication counts, not of arrival: the last batch of a node that died
/// may arrive by a detour after its link has ended, and then shows nothing. For a node that is alone every batch is complete at once.
/// </para>
/// </summary>
internal sealed class HoldBarrier(ExchangeContext context)
{
    private ulong _complete;

    /// <summary>The last batch published in this epoch.</summary>
    public ulong Published { get; set; }

    /// <summary>There is no live node to wait for.</summary>
    public bool IsAlone => !IsLinked && !context.Origins.Any(IsLiveWithoutLink);

    /// <summary>A neighbour is live. Neighbours of the own cluster do not count.</summary>
    public bool IsLinked => context.Links.Ready.Exists(l => !IsSilent(l) && !context.IsOfOwnCluster(l.Member));

    public void StartEpoch()
    {
        Published = 0;
        _complete = 0;
        foreach (var link in context.Links.All)
            link.Hold.Forget();
        foreach (var origin in context.Origins)
            origin.HoldComplete = 0;
    }

    /// <summary>
    /// The barrier waits for a new neighbour from the next batch on; it gets the earlier ones as history. A neighbour that reconnects within
    /// <see cref="ExchangeSettings.SilentAfter"/> keeps its place in the barrier.
    /// </summary>
    public void Join(Link link)
    {
        var twin = context.Links.Ready.Find(other => other != link && other.Member.Origin == link.Member.Origin);
        var before = context.Find(link.Member.Origin) is { } origin && IsRecent(origin.LastReceived) ? origin.HoldComplete : Published;
        link.Hold.Complete = Math.Min(twin?.Hold.Complete ?? before, Published);
    }

    public void OnAck(Link link, AckFrame frame, ulong epoch)
    {
        if (frame.Epoch == epoch && frame.Seq <= Published)
            link.Hold.Acknowledged(frame.Seq, frame.OwnEpoch, frame.OwnSeq);
    }

    public void Update()
    {
        if (_complete == Published)
            return; // no batch waits
        var complete = Published;
        foreach (var link in context.Links.Ready)
        {
            if (IsSilent(link) || context.IsOfOwnCluster(link.Member))
                continue;
            link.Hold.Advance(context.Find(link.Member.Origin));
            complete = Math.Min(complete, link.Hold.Complete);
        }

        if (_complete >= complete || !context.IsMesh || context.Origins.Any(IsLiveWithoutLink))
            return;
        _complete = complete;
        context.Effects.Add(new HoldComplete(complete));
    }

    private bool IsSilent(Link link) => !IsRecent(link.LastReceived);

    // An origin that published more than SilentAfter after its link had ended is live: it may count again at any moment after a pause. An origin that never had
    // a link counts as live for SilentAfter from its first batch on, to get a link. After that it needs a later batch: the first may be the last of a node that died.
    private bool IsLiveWithoutLink(OriginState origin)
    {
        var known = Math.Max(origin.LastReceived, origin.FirstBatch);
        return (IsRecent(known) || (origin.LastPublished > known + context.Settings.SilentAfter && context.Now - origin.LastPublished <= context.Settings.DeadAfter))
            && origin.Id != context.Self.Origin && !context.IsOfOwnCluster(origin.Member) && !origin.Evicted && context.Links.Of(origin.Id) is null;
    }

    private bool IsRecent(long moment) => context.Now - moment <= context.Settings.SilentAfter;
}
